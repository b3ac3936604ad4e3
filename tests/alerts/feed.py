"""A feed of results and diagnoses with corrections and repeats, and the alerts that must come of it, computed plainly.

The reference shares no code with the rules: it goes through what was sent, one resource after the other.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from engine.bus.record import Position, Record
from engine.canonical.envelope import encode
from engine.canonical.resource import Body, Origin, Resource
from engine.canonical.version import version

TOPIC = "watched.clinical"
FACILITIES = 11_293
ICD = "http://hl7.org/fhir/sid/icd-10"


@dataclass(frozen=True, slots=True)
class Sent:
    """One event: of which resource, when it was received, what it says."""

    number: int
    received_us: int
    facility: str
    resource: str
    kind: str
    says: str
    value: float = 0.0
    unit: str = "mmol/L"

    @property
    def subject(self) -> str:
        return blake2b(f"{self.facility}/{self.resource}".encode(), digest_size=16).hexdigest()

    @property
    def critical(self) -> bool:
        """Whether somebody must hear of it, as a person would say."""
        if self.kind == "Condition":
            return self.says == "B05.9"
        milligrams = self.unit == "mg/dL"
        potassium = self.value / 3.90983 if milligrams else self.value
        return self.says in ("final", "corrected") and not 2.5 <= potassium <= 6.5


def make_feed(count: int, facilities: int, begins_us: int, seed: int = 7) -> Iterator[Sent]:
    """So many events, a millisecond apart; every third is about a resource that was told of before."""
    dice = random.Random(seed)
    known: list[tuple[str, str, str]] = []
    for number in range(count):
        again = bool(known) and dice.random() < 0.33
        facility, resource, kind = dice.choice(known[-2000:]) if again else _new(dice, number, len(known) % facilities)
        if not again:
            known.append((facility, resource, kind))
        says = dice.choice(("B05.9", "B05.9", "J18.9", "I10"))
        if kind == "Observation":
            says = dice.choice(
                ("corrected", "corrected", "final", "entered-in-error") if again else ("final",) * 9 + ("preliminary",)
            )
        unit = dice.choice(("mmol/L",) * 3 + ("mg/dL",))
        value = round(dice.uniform(2.0, 8.0) * (3.90983 if unit == "mg/dL" else 1), 2)
        yield Sent(number, begins_us + number * 1000, facility, resource, kind, says, value, unit)


def _new(dice: random.Random, number: int, facility: int) -> tuple[str, str, str]:
    kind = "Observation" if dice.random() < 0.8 else "Condition"
    return f"{79000 + facility}", f"r{number}", kind


Spell = tuple[str, str, int, int | None]
"""An alert: its rule, its resource, when it began and ended."""


def expected(sent: Iterable[Sent]) -> list[Spell]:
    """The alerts that must come, by going through each resource alone."""
    by_resource: dict[str, list[Sent]] = {}
    for one in sent:
        by_resource.setdefault(one.resource, []).append(one)
    return sorted((spell for told in by_resource.values() for spell in _spells(told)), key=str)


def _spells(told: list[Sent]) -> Iterator[Spell]:
    began: int | None = None
    rule = "critical-results" if told[0].kind == "Observation" else "notifiable-24h"
    for one in told:
        if one.says == "preliminary":
            continue
        if one.critical and began is None:
            began = one.received_us
        elif not one.critical and began is not None:
            yield rule, one.resource, began, one.received_us
            began = None
    if began is not None:
        yield rule, told[0].resource, began, None


def record_of(sent: Sent) -> Record:
    """The event as the transformer publishes it."""
    return encode(resource_of(sent), TOPIC)


def resource_of(sent: Sent) -> Resource:
    """The resource as the transformer makes it."""
    digest = blake2b(str(sent.number).encode(), digest_size=16).hexdigest()
    origin = Origin(
        raw=Position("hl7.raw", 0, sent.number),
        facility=sent.facility,
        subject=sent.subject,
        message_key=digest * 2,
        version=version(None, sent.number, sent.received_us, digest),
        received_us=sent.received_us,
        mapping="test",
        generation=1,
    )
    return Resource(sent.kind, sent.resource, _body(sent), origin, 0)


def _body(sent: Sent) -> Body:
    if sent.kind == "Condition":
        return {"resourceType": "Condition", "code": {"coding": [{"system": ICD, "code": sent.says}]}}
    return {
        "resourceType": "Observation",
        "status": sent.says,
        "code": {"coding": [{"code": "2823-3"}]},
        "valueQuantity": {"value": sent.value, "unit": sent.unit},
    }
