"""Values that a probe sends and that occur nowhere else in its message: each is known again in what comes out."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Literal, NamedTuple

from engine.hl7.dictionary import VERSIONS, find_component, find_field

Form = Literal["text", "number", "day", "moment", "clock"]
FORMS: dict[str, Form] = {"NM": "number", "SI": "number", "DT": "day", "DTM": "moment", "TS": "moment", "TM": "clock"}
FIRST = datetime(2001, 1, 1, 1, 1, 1)  # noqa: DTZ001 - the sender's own time, as HL7 writes it without an offset
MOST_PARTS = 30
WITHDRAWN = "WD"
LEFT = {False: (WITHDRAWN,), True: (WITHDRAWN, "ST")}
"""What versions call a component that they withdraw: it stays what it was before."""


class Token(NamedTuple):
    """A value as it is sent, and how it reads in FHIR."""

    form: Form
    sent: str
    read: str

    def is_in(self, value: object) -> bool:
        """Whether a value of a resource is this one, or holds it."""
        if self.form == "number":
            return str(value) == self.read
        encoded = b64encode(self.sent.encode()).decode()
        return isinstance(value, str) and (self.read in value or encoded == value)


class Mint:
    """Makes tokens, each of them once."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def make(self, datatype: str) -> Token:
        """A new value of a datatype without components."""
        number = next(self._numbers)
        form = FORMS.get(datatype, "text")
        moment = FIRST + timedelta(days=number, seconds=number)
        match form:
            case "number":
                return Token(form, str(7000 + number), str(7000 + number))
            case "day":
                return Token(form, f"{moment:%Y%m%d}", f"{moment:%Y-%m-%d}")
            case "moment":
                return Token(form, f"{moment:%Y%m%d%H%M%S}", f"{moment:%Y-%m-%d}")
            case "clock":
                return Token(form, f"{moment:%H%M%S}", f"{moment:%H:%M:%S}")
        return Token(form, f"PRB{number:05d}", f"PRB{number:05d}")


class Leaf(NamedTuple):
    """A place inside a field that has no parts of its own: component, subcomponent and their datatype."""

    component: int
    subcomponent: int
    datatype: str


@cache
def parts(datatype: str) -> dict[int, str]:
    """The components of a datatype in any version of HL7 v2, and their datatypes; none for a primitive one."""
    found: dict[int, str] = {}
    for version in VERSIONS:
        for number in range(1, MOST_PARTS):
            entry = find_component(datatype, number, version)
            if entry is not None and entry.datatype not in LEFT.get(number in found, ()):
                found[number] = entry.datatype
    return found


@cache
def leaves(datatype: str) -> tuple[Leaf, ...]:
    """All places of a datatype that hold a value."""
    if datatype in FORMS or not parts(datatype):
        return (Leaf(1, 1, datatype),)
    found = []
    for number, kind in parts(datatype).items():
        inner = {} if kind in FORMS else parts(kind)
        found += [Leaf(number, sub, one) for sub, one in inner.items()] or [Leaf(number, 1, kind)]
    return tuple(found)


@cache
def field_type(segment: str, number: int) -> str:
    """The datatype of a field in the newest version that has it, ST for one that no version has."""
    found = [entry.datatype for version in VERSIONS if (entry := find_field(segment, number, version))]
    found = [one for one in found if one != WITHDRAWN]
    return found[-1] if found else "ST"
