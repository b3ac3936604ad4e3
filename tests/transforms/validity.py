"""Whether a resource is valid FHIR R4: by its JSON schema, and by the required elements, which that leaves out."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from engine.canonical import r4

SCHEMA = Path(__file__).with_name("fhir.schema.json")


@cache
def validator(kind: str) -> Any:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return jsonschema_rs.validator_for({**schema, "$ref": f"#/definitions/{kind}"})


def faults_of(resource: dict[str, Any]) -> list[str]:
    """What is wrong with a resource, by path; values are not told."""
    kind = resource["resourceType"]
    found = [f"{'.'.join(map(str, error.instance_path))}: schema" for error in validator(kind).iter_errors(resource)]
    return found + list(_missing(resource, kind, kind))


def _missing(value: dict[str, Any], kind: str, where: str) -> list[str]:
    known = r4.elements(kind)
    present = {r4.choice_base(kind, name.removeprefix("_")) for name in value}
    found = [f"{where}.{one.base}: missing" for one in known.values() if one.is_required and one.base not in present]
    for name, inner in value.items():
        element = r4.member(kind, name)
        if element is None:
            found += [] if name == "resourceType" else [f"{where}.{name}: unknown"]
        elif element.is_list != isinstance(inner, list):
            found.append(f"{where}.{name}: list")
        elif not r4.is_primitive(element.type):
            for one in (one for one in (inner if isinstance(inner, list) else [inner]) if one is not None):
                found += _missing(one, one.get("resourceType", element.type), f"{where}.{name}")
    return list(dict.fromkeys(found))
