"""Patients: people as one facility knows them, under a number of its own and not always rightly."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from engine.city import forms
from engine.city.people import GIVENS, Person
from engine.city.senders import Sender
from engine.city.truth import Record

MISTYPED, WITHOUT_CITIZEN, WITHOUT_CARD = 0.05, 0.12, 0.08
"""How often the first registration has a wrong name or birth date, or lacks a number that the person has."""


class Patient:
    """One person at one facility; `pid` is the segment, `values` what it tells."""

    __slots__ = ("_born", "_card", "_citizen", "_given", "number", "person", "pid", "record", "sender", "values")

    def __init__(self, sender: Sender, person: Person, number: str, rng: Random) -> None:
        self.sender, self.person, self.number = sender, person, number
        self.record = Record("patients", sender.code, number)
        self._given, self._born = _heard(person, rng)
        self._citizen = "" if rng.random() < WITHOUT_CITIZEN else person.citizen
        shown = person.social if person.new_card else person.card
        self._card = "" if rng.random() < WITHOUT_CARD else shown
        self._write()

    @property
    def is_right(self) -> bool:
        """Whether the facility knows name, birth date and citizen's number as they are."""
        person = self.person
        return (self._given, self._born, self._citizen) == (person.given, person.born, person.citizen)

    def correct(self) -> None:
        """The facility learns what it had wrong or did not have."""
        person = self.person
        self._given, self._born, self._citizen = person.given, person.born, person.citizen
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
        head = f"PID|1||{numbers}||{called}||{self._born:%Y%m%d}|{forms.sex(sender, person)}|||{where}||{person.phone}"
        old = sender.vendor.old_ids and (self._card or self._citizen)
        self.pid = f"{head}||||||{self._card}|{self._citizen}".rstrip("|") if old else head
        self.values: dict[str, Any] = {
            "person": person.number,
            "name": f"{person.family} {person.middle} {self._given}",
            "sex": person.sex,
            "born": self._born.isoformat(),
            "citizen": self._citizen,
            "card": self._card,
            "commune": person.commune.code,
        }


def _heard(person: Person, rng: Random) -> tuple[str, date]:
    """Given name and birth date as they are first written down."""
    if rng.random() >= MISTYPED:
        return person.given, person.born
    if rng.random() < 0.5:
        return rng.choice(GIVENS[person.sex]), person.born
    return person.given, person.born - timedelta(days=rng.choice((1, 10, 30, 365)))
