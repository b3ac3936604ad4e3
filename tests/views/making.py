"""Views and paths made for a test."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from engine.language.document import parse_document
from engine.language.fault import Faults, Mark, Text
from engine.views.compile import Value, compile_path
from engine.views.read import definition_of
from engine.views.step import Scope
from engine.views.view import View, compile_view

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "birthDate": "1980-02",
    "_birthDate": {"extension": [{"url": "u", "valueCode": "guessed"}]},
    "multipleBirthInteger": 2,
    "name": [{"use": "official", "family": "F1", "given": ["A", None, "B"]}, {"use": "old", "family": "F2"}],
    "contact": [{"name": {"family": "C1"}}, {"period": {"start": "2020", "end": "2021-02"}}],
    "managingOrganization": {"reference": "Organization/o1/_history/3"},
    "generalPractitioner": [{"reference": "https://x/Practitioner/1"}, {"reference": "#c"}, {"display": "D"}],
    "contained": [{"resourceType": "Practitioner", "id": "c", "active": False}, {"resourceType": "Organization"}],
}


def view_of(**content: Any) -> View:
    """A view of patients with this content; raises Faults."""
    return compile_view(definition_of(parse_document(orjson.dumps({"resource": "Patient", **content}), "view.json")))


def columns_of(*columns: dict[str, Any], **content: Any) -> View:
    """A view of patients with one select of these columns."""
    return view_of(select=[{"column": list(columns)}], **content)


def faults_of(**content: Any) -> list[tuple[str, int]]:
    """The codes of the faults of a view, each with its column: the view is one line."""
    with pytest.raises(Faults) as caught:
        view_of(**content)
    return [(fault.code, fault.mark.column) for fault in caught.value.faults]


def values(path: str, resource: dict[str, Any] = PATIENT, **constants: Value) -> list[Any]:
    """What a path gives for a resource."""
    kind = resource["resourceType"]
    found = compile_path(Text(path, Mark("view.yaml", 3, 9)), frozenset({kind}), kind, constants)
    return found.step.run(resource, Scope(resource, 0))


def odd(path: str, kind: str = "Patient") -> list[str]:
    """What a check refuses in a path that a run takes."""
    found = compile_path(Text(path, Mark("view.yaml", 3, 9)), frozenset({kind}), kind, {})
    return [fault.code for fault in found.odd]


def path_fault(path: str) -> tuple[str, int]:
    """The code of a path's first fault, and the offset it points at."""
    with pytest.raises(Faults) as caught:
        values(path)
    fault = caught.value.faults[0]
    return fault.code, fault.mark.column - 9
