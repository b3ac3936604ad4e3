"""The forms in which senders write times, names, numbers of people and values; one sender's are always the same."""

from __future__ import annotations

from datetime import datetime

from engine.city.numbers import Sex
from engine.city.panels import Finding
from engine.city.people import Person
from engine.city.places import CITY, CITY_CODE
from engine.city.senders import Sender


def stamp(sender: Sender, when: datetime) -> str:
    """A time of the city, to the second."""
    return f"{when:%Y%m%d%H%M%S}{sender.vendor.offset}"


def identifiers(sender: Sender, number: str, citizen: str, card: str) -> str:
    """PID-3: the facility's own number, and where it repeats the field the citizen's number and the insurance card."""
    vendor = sender.vendor
    if vendor.old_ids:
        return number
    repetitions = [f"{number}^^^{sender.authority}^{vendor.identifier_type}"]
    if citizen:
        repetitions.append(f"{citizen}^^^BCA^NI")
    if card:
        repetitions.append(f"{card}^^^BHXH^{'HC' if card.isdigit() else 'SB'}")
    return "~".join(repetitions)


def name(sender: Sender, family: str, middle: str, given: str) -> str:
    """PID-5."""
    match sender.vendor.name_form:
        case "whole":
            return f"{family} {middle} {given}".upper()
        case "blanks":
            return "^".join((family, *middle.split(), given))
        case "first":
            return f"{family} {middle}^{given}"
        case "parts":
            return f"{family}^{given}^{middle}"


def address(sender: Sender, person: Person) -> str:
    """PID-11: in parts with the commune's code, or all in one line."""
    commune = person.commune
    if sender.vendor.whole_address:
        return f"{person.street}, {commune.name}, TP.HCM"
    return f"{person.street}^^{commune.name}^{CITY}^{commune.code}^VNM^H^^{CITY_CODE}"


def sex(sender: Sender, known: Sex) -> str:
    """PID-8."""
    if sender.vendor.digits:
        return "1" if known == "M" else "2"
    return known


def value(sender: Sender, finding: Finding) -> tuple[str, str, str]:
    """OBX-2, OBX-5 and OBX-7."""
    if not finding.numeric:
        return "ST", finding.value, finding.reference
    if sender.vendor.comma:
        return "ST", finding.value.replace(".", ","), finding.reference.replace(".", ",").replace("-", " - ")
    return "NM", finding.value, finding.reference
