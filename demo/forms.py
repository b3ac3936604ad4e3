"""The forms in which the senders of the sample feed write times, names, identifiers and numbers."""

from __future__ import annotations

from datetime import datetime

from demo.panels import Finding
from demo.people import Person
from demo.places import CITY, CITY_CODE
from demo.senders import Sender


def stamp(sender: Sender, when: datetime) -> str:
    """A time in the sender's form; all are local time of the city."""
    return f"{when:%Y%m%d%H%M%S}{sender.offset}"


def identifiers(sender: Sender, person: Person, patient_number: str) -> str:
    """PID-3: the facility's own number, and the national and insurance numbers where it repeats the field."""
    if sender.old_ids:
        return patient_number
    own = f"{patient_number}^^^{sender.code}^{'MR' if sender.version < '2.5' else 'PI'}"
    return f"{own}~{person.national_id}^^^BCA^NI~{person.insurance}^^^BHXH^SB"


def name(sender: Sender, person: Person) -> str:
    """PID-5."""
    if sender.name_form == "whole":
        return person.name.upper()
    if sender.name_form == "blanks":
        return person.name.replace(" ", "^")
    return f"{person.family}^{person.given}^{person.middle}"


def address(sender: Sender, person: Person) -> str:
    """PID-11: in parts with the commune's code, or all in one line."""
    if sender.old_ids or sender.codec == "tcvn3":
        return person.address
    commune = person.commune
    return f"{person.street}^^{commune.name}^{CITY}^{commune.code}^VNM^H^^{CITY_CODE}"


def value(sender: Sender, finding: Finding) -> str:
    """OBX-5."""
    if isinstance(finding.value, str):
        return finding.value
    return _number(sender, finding.value, finding.decimals)


def reference_range(sender: Sender, finding: Finding) -> str:
    """OBX-7."""
    if isinstance(finding.value, str):
        return finding.normal
    low, high = (_number(sender, limit, finding.decimals) for limit in (finding.low, finding.high))
    return f"{low} - {high}" if sender.comma else f"{low}-{high}"


def _number(sender: Sender, number: float, decimals: int) -> str:
    text = f"{number:.{decimals}f}"
    return text.replace(".", ",") if sender.comma else text
