"""A case: what a diagnosis says that is counted, with the commune where the patient of the same message lives.

The topic `cases` holds one for each event of a diagnosis, keyed and enveloped as that is. The message names patient and
diagnosis together, and topics are read apart: only here does the one know the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    diagnoses = [number for number, one in enumerate(resources) if one[0] == DIAGNOSIS]
    place = place_of(resources) if diagnoses else ""
    return [_case(events[number], body_of(resources[number].body, place)) for number in diagnoses]


def _case(event: Record, body: Body) -> Record:
    headers = {**event.headers, "ce_type": TYPE.encode(), "content-type": b"application/json"}
    return Record(TOPIC, event.key, orjson.dumps(body), headers)


def body_of(condition: Body, place: str) -> Body:
    """What is counted of a resource Condition.

    `codes` of ICD-10, `day` as `2026-11-26` or empty where no whole day is told, `place` the code of a commune or
    empty, `stands` whether it holds, `confirmed` whether somebody said that it is certain.
    """
    status = set(_codes(condition.get("verificationStatus")))
    return {
        "codes": list(_codes(condition.get("code"), ICD10)),
        "day": next(_days(condition), ""),
        "place": place,
        "stands": not status & NO_CASE,
        "confirmed": "confirmed" in status,
    }


def place_of(resources: Iterable[Resource]) -> str:
    """The code of the commune in which the first Patient of a message lives; empty where none is told."""
    for resource in resources:
        if resource.type == "Patient":
            return next(_communes(resource.body), "")
    return ""


def _days(condition: Body) -> Iterator[str]:
    for name in ("onsetDateTime", "recordedDate"):
        text = condition.get(name)
        if isinstance(text, str) and len(text) >= _DAY_LENGTH:
            yield text[:_DAY_LENGTH]


def _codes(concept: object, system: str = "") -> Iterator[str]:
    codings = concept.get("coding", ()) if isinstance(concept, Mapping) else ()
    for coding in codings:
        if coding.get("code") and system in ("", coding.get("system")):
            yield str(coding["code"])


def _communes(patient: Body) -> Iterator[str]:
    for address in patient.get("address", ()):
        for extension in address.get("_city", {}).get("extension", ()):
            coding = extension.get("valueCoding", {})
            if coding.get("system") == COMMUNE and coding.get("code"):
                yield str(coding["code"])
