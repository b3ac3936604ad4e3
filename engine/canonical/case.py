"""A case: what a diagnosis says that is counted, with the commune where the patient of the same message lives.

The topic `cases` holds one for each event of a diagnosis, keyed and enveloped as that is. The message names patient and
diagnosis together, and topics are read apart: only here does the one know the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from engine.bus.record import Record
from engine.canonical.resource import Body, Resource

TOPIC = "cases"
TYPE = "case"
DIAGNOSIS = "Condition"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
COMMUNE = "urn:vn:commune"

NO_CASE = frozenset({"entered-in-error", "refuted"})
"""Verification statuses of a diagnosis that does not hold."""
_DAY_LENGTH = len("2026-11-26")


def cases_of(resources: Sequence[Resource], events: Sequence[Record]) -> list[Record]:
    """The cases of one message, of whose resources these are the events, one of each."""
    diagnoses = [(one.body, event) for one, event in zip(resources, events, strict=True) if one.type == DIAGNOSIS]
    place = place_of(resources) if diagnoses else ""
    return [_case(event, body_of(body, place)) for body, event in diagnoses]


def _case(event: Record, body: Body) -> Record:
    headers = {**event.headers, "ce_type": TYPE.encode(), "content-type": b"application/json"}
    return Record(TOPIC, event.key, orjson.dumps(body), headers)


def body_of(condition: Body, place: str) -> Body:
    """What is counted of a resource Condition.

    `codes` of ICD-10, `day` as `2026-11-26` or empty where no whole day is told, `place` the code of a commune or
    empty, `stands` whether it holds, `confirmed` whether somebody said that it is certain.
    """
    status = _codes(condition.get("verificationStatus"))
    return {
        "codes": _codes(condition.get("code"), ICD10),
        "day": _day(condition),
        "place": place,
        "stands": NO_CASE.isdisjoint(status),
        "confirmed": "confirmed" in status,
    }


def place_of(resources: Iterable[Resource]) -> str:
    """The code of the commune in which the first Patient of a message lives; empty where none is told."""
    for resource in resources:
        if resource.type == "Patient":
            return _commune(resource.body)
    return ""


def _day(condition: Body) -> str:
    for name in ("onsetDateTime", "recordedDate"):
        text = condition.get(name)
        if isinstance(text, str) and len(text) >= _DAY_LENGTH:
            return text[:_DAY_LENGTH]
    return ""


def _codes(concept: Any, system: str = "") -> list[str]:
    codings = concept.get("coding", ()) if isinstance(concept, dict) else ()
    return [str(one["code"]) for one in codings if one.get("code") and system in ("", one.get("system"))]


def _commune(patient: Body) -> str:
    for address in patient.get("address", ()):
        for extension in address.get("_city", {}).get("extension", ()):
            coding = extension.get("valueCoding", {})
            if coding.get("system") == COMMUNE and coding.get("code"):
                return str(coding["code"])
    return ""
