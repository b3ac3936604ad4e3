"""Events as rules see them: one resource as one message tells of it, with the person that the same message names."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import NamedTuple

from engine.bus.record import Position, Record
from engine.canonical.envelope import decode
from engine.canonical.resource import Body

MOST_MESSAGES = 10_000
"""Messages whose persons are remembered while their other events come."""


class Person(NamedTuple):
    """What rules may ask of a person; it stands in no state and no alert."""

    birth: str = ""
    """A date of FHIR, perhaps a year alone."""
    sex: str = ""
    place: str = ""
    """The code of the commune where the person lives."""


NOBODY = Person()
COMMUNE = "urn:vn:commune"
"""The system of the codes of communes."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `version` and `generation` say which of two events of a resource is the newer."""

    id: str
    type: str
    resource: str
    facility: str
    subject: str
    version: str
    generation: int
    received_us: int
    raw: Position
    body: Body
    person: Person = NOBODY

    @property
    def stamp(self) -> str:
        """Text that sorts in the order in which events of one resource count."""
        return f"{self.version}/{self.generation:012d}"


def read_event(record: Record) -> Event:
    """The event that a record holds; raises ValueError or KeyError when it holds none."""
    found = decode(record)
    origin = found.origin
    return Event(
        id=record.text("ce_id"),
        type=found.type,
        resource=found.id,
        facility=origin.facility,
        subject=origin.subject,
        version=origin.version,
        generation=origin.generation,
        received_us=origin.received_us,
        raw=origin.raw,
        body=found.body,
    )


class Persons:
    """Gives events the person of their message: the resource Patient comes before what tells of the patient."""

    def __init__(self) -> None:
        self._by_raw: OrderedDict[Position, Person] = OrderedDict()

    def complete(self, event: Event) -> Event:
        """The event with its person; one that is of a Patient is remembered for those behind it."""
        if event.type != "Patient":
            person = self._by_raw.get(event.raw)
            return replace(event, person=person) if person else event
        person = self._by_raw[event.raw] = person_of(event.body)
        if len(self._by_raw) > MOST_MESSAGES:
            self._by_raw.popitem(last=False)
        return replace(event, person=person)


def person_of(body: Body) -> Person:
    """What a resource Patient says; a body of another shape names no place."""
    try:
        places = [code for address in body.get("address", ()) if (code := _commune(address))]
    except (AttributeError, TypeError):
        places = []
    return Person(str(body.get("birthDate", "")), str(body.get("gender", "")), next(iter(places), ""))


def _commune(address: Body) -> str:
    for extension in address.get("_city", {}).get("extension", ()):
        coding = extension.get("valueCoding", {})
        if coding.get("system") == COMMUNE:
            return str(coding.get("code", ""))
    return ""
