"""One patient's chart as the warehouse has it: FHIR resources made into what a doctor would want to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]
"""A FHIR R4 resource."""


@dataclass(frozen=True, slots=True)
class Result:
    """One observation: when, what, its LOINC code, the value with its unit, the range, the flag."""

    when: str
    name: str
    loinc: str
    value: str
    reference: str
    flag: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One patient: who it is, where they are, what was found, in order of time."""

    name: str
    born: str
    sex: str
    identifiers: tuple[str, ...]
    encounters: tuple[str, ...]
    conditions: tuple[str, ...]
    results: tuple[Result, ...]


def read_chart(bodies: Iterable[Body]) -> Chart:
    """The chart that the resources of one patient make."""
    by_type: dict[str, list[Body]] = {}
    for body in bodies:
        by_type.setdefault(body["resourceType"], []).append(body)
    patient = by_type["Patient"][0]
    observations = sorted(by_type.get("Observation", ()), key=lambda body: str(body.get("effectiveDateTime", "")))
    return Chart(
        name=patient["name"][0]["text"],
        born=patient.get("birthDate", ""),
        sex=patient["gender"],
        identifiers=tuple(_identifier(entry) for entry in patient["identifier"]),
        encounters=tuple(_encounter(body) for body in by_type.get("Encounter", ())),
        conditions=tuple(_concept(body["code"]) for body in by_type.get("Condition", ())),
        results=tuple(read_result(body) for body in observations),
    )


def read_result(body: Body) -> Result:
    """The result that an Observation tells; of a diagnosis its code."""
    quantity = body.get("valueQuantity")
    value = f"{quantity['value']} {quantity.get('unit', '')}".strip() if quantity else body.get("valueString", "")
    if body["resourceType"] == "Condition":
        value = _code(body["code"])
    return Result(
        when=_time(body.get("effectiveDateTime", "")),
        name=_concept(body["code"]),
        loinc=_code(body["code"], "http://loinc.org"),
        value=value,
        reference=_first(body.get("referenceRange", ())).get("text", ""),
        flag=_code(_first(body.get("interpretation", ()))),
    )


def _identifier(entry: Body) -> str:
    kind = _code(entry.get("type", {}))
    return f"{kind} {entry['value']}".strip()


def _encounter(body: Body) -> str:
    period = body.get("period", {})
    times = " – ".join(_time(period[end]) for end in ("start", "end") if end in period)
    place = _first(body.get("location", ())).get("location", {}).get("display", "")
    kind = {"IMP": "inpatient", "AMB": "outpatient"}.get(body["class"]["code"], body["class"]["code"])
    return ", ".join(part for part in (kind, place, times, body["status"]) if part)


def _concept(concept: Body) -> str:
    return str(concept.get("text") or _code(concept))


def _code(concept: Body, system: str = "") -> str:
    codings = [coding for coding in concept.get("coding", ()) if system in ("", coding.get("system"))]
    return str(codings[0].get("code", "")) if codings else ""


def _first(entries: Sequence[Body]) -> Body:
    return entries[0] if entries else {}


def _time(text: str) -> str:
    return text[:16].replace("T", " ")
