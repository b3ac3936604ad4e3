"""One code of a table as a value of a FHIR type."""

from __future__ import annotations

from typing import Any

from engine.canonical.r4 import is_primitive
from engine.transforms.mapping import Code


def shape_code(code: Code, system: str, kind: str) -> Any:
    """One code as a value of a FHIR type."""
    if kind == "boolean":
        return code.code == "true"
    if is_primitive(kind):
        return code.code
    coding = {"system": code.system or system, "code": code.code, "display": code.display}
    valued = {key: value for key, value in coding.items() if value}
    return {"coding": [valued]} if kind == "CodeableConcept" else valued
