"""Patients: people as one facility knows them, under a number of its own and not always rightly."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from engine.city import forms
from engine.city.numbers import Sex
from engine.city.people import GIVENS, Person
from engine.city.places import CITY
from engine.city.senders import Sender
from engine.city.truth import Record

MISTYPED, WITHOUT_CITIZEN, WITHOUT_CARD = 0.05, 0.12, 0.08
"""How often the first registration has a wrong name or birth date, or lacks a number that the person has."""
MISTAKEN = 0.03
"""How often a facility goes by a wrong birth date or sex for good, as an old paper has it that nobody doubts."""


class _Papers(NamedTuple):
    """What a facility takes for somebody's birth date and sex."""

    born: date
    sex: Sex


class Patient:
    """One person at one facility: segments `pid` and `in1` (empty without a card); `values` is what PID tells."""

    __slots__ = (
        *("_born", "_card", "_citizen", "_given", "_papers"),
        *("in1", "number", "person", "pid", "record", "sender", "values"),
    )

    def __init__(self, sender: Sender, person: Person, number: str, rng: Random) -> None:
        self.sender, self.person, self.number = sender, person, number
        self.record = Record("patients", sender.code, number)
        self._papers = _papers(sender, person)
        self._given, self._born = _heard(person, self._papers.born, rng)
        self._citizen = "" if rng.random() < WITHOUT_CITIZEN else person.citizen
        shown = person.social if person.new_card else person.card
        self._card = "" if rng.random() < WITHOUT_CARD else shown
        self._write()

    @property
    def is_right(self) -> bool:
        """Whether the facility has name, birth date and citizen's number as the papers that it goes by."""
        person = self.person
        return (self._given, self._born, self._citizen) == (person.given, self._papers.born, person.citizen)

    def correct(self) -> None:
        """The facility learns what it had wrong or did not have."""
        person = self.person
        self._given, self._born, self._citizen = person.given, self._papers.born, person.citizen
        self._card = person.social if person.new_card else person.card
        self._write()

    def forget_numbers(self) -> None:
        """Registered in a hurry: neither the citizen's number nor the card is known."""
        self._citizen = self._card = ""
        self._write()

    def _write(self) -> None:
        sender, person = self.sender, self.person
        numbers = forms.identifiers(sender, self.number, self._citizen, self._card)
        called = forms.name(sender, person.family, person.middle, self._given)
        where = forms.address(sender, person)
        who = f"{called}||{self._born:%Y%m%d}|{forms.sex(sender, self._papers.sex)}"
        head = f"PID|1||{numbers}||{who}|||{where}||{person.phone}"
        old = sender.vendor.old_ids and (self._card or self._citizen)
        self.pid = f"{head}||||||{self._card}|{self._citizen}".rstrip("|") if old else head
        self.in1 = self._insurance(called) if self._card else ""
        self.values: dict[str, Any] = {
            "person": person.number,
            "name": f"{person.family} {person.middle} {self._given}",
            "sex": self._papers.sex,
            "born": self._born.isoformat(),
            "citizen": self._citizen,
            "card": self._card,
            "commune": person.commune.code,
        }

    def _insurance(self, called: str) -> str:
        """IN1: the card, for the year of 2025 and the next."""
        card, born = self._card, f"{self._born:%Y%m%d}"
        group = "BHYT" if card.isdigit() else card[:3]
        payor = f"{group}^Bảo hiểm y tế^BHXH|BHXH79|Bảo hiểm xã hội {CITY}"
        return f"IN1|1|{payor}{'|' * 8}20250101|20261231||BHYT|{called}|SEL|{born}{'|' * 18}{card}"


def _papers(sender: Sender, person: Person) -> _Papers:
    """Drawn by who it is and where, so that a second registration there goes by the same."""
    rng = Random(f"{sender.code}/{person.number}")
    if rng.random() >= MISTAKEN:
        return _Papers(person.born, person.sex)
    if rng.random() < 0.5:
        return _Papers(person.born, "F" if person.sex == "M" else "M")
    return _Papers(person.born - timedelta(days=rng.choice((1, 31, 365, 3653))), person.sex)


def _heard(person: Person, born: date, rng: Random) -> tuple[str, date]:
    """Given name and birth date as they are first written down."""
    if rng.random() >= MISTYPED:
        return person.given, born
    if rng.random() < 0.5:
        return rng.choice(GIVENS[person.sex]), born
    return person.given, born - timedelta(days=rng.choice((1, 10, 30, 365)))
