"""Critical limits: for which results and persons they are, and whether a value is beyond them."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from engine.alerts.event import Event, Person
from engine.alerts.units import convert
from engine.canonical.resource import Body

DAYS = {"d": 1.0, "w": 7.0, "m": 30.4375, "y": 365.25}
"""The units of an age, in days."""


class Limit(NamedTuple):
    """One row of a table of limits."""

    name: str
    codes: frozenset[str]
    unit: str
    below: float | None = None
    above: float | None = None
    from_days: float | None = None
    under_days: float | None = None
    sex: str = ""
    molar_mass: float | None = None
    valence: float | None = None

    def fits(self, person: Person, at: str) -> bool:
        """Whether the row is for this person; one that asks for what is not known is not."""
        if self.sex and self.sex != person.sex:
            return False
        if self.from_days is None and self.under_days is None:
            return True
        days = age_days(person.birth, at)
        return days is not None and (self.from_days or 0) <= days < (self.under_days or float("inf"))

    def is_open(self, person: Person, at: str) -> bool:
        """Whether it cannot be told if the row is for this person."""
        asks_age = self.from_days is not None or self.under_days is not None
        return bool(self.sex and not person.sex) or (asks_age and age_days(person.birth, at) is None)

    def is_beyond(self, quantity: Body) -> bool | None:
        """Whether the value is; None where its unit is not known or measures something else."""
        value, unit = quantity.get("value"), quantity.get("unit") or quantity.get("code")
        if not isinstance(value, int | float) or not isinstance(unit, str):
            return None
        converted = convert(value, unit, self.unit, self.molar_mass, self.valence)
        return None if converted is None else self._compare(converted, str(quantity.get("comparator", "")))

    def _compare(self, value: float, comparator: str) -> bool:
        """Of a value that is only known to be more or less than a number, what is sure."""
        is_low = self.below is not None and not comparator.startswith(">")
        is_high = self.above is not None and not comparator.startswith("<")
        low = is_low and (value < (self.below or 0) or (comparator == "<" and value <= (self.below or 0)))
        return low or (is_high and (value > (self.above or 0) or (comparator == ">" and value >= (self.above or 0))))


def age_days(birth: str, at: str) -> float | None:
    """The age in days; a birth that is known by its year or month alone counts from the first day."""
    try:
        born = date.fromisoformat((birth + "-01-01")[:10] if len(birth) < 10 else birth[:10])
        return (date.fromisoformat(at[:10]) - born).days
    except ValueError:
        return None


def codes_of(event: Event) -> set[str]:
    """The codes of what was observed."""
    return {str(one.get("code", "")) for one in _codings(event.body.get("code"))}


def flags_of(event: Event) -> set[str]:
    """The codes of its interpretations."""
    return {str(one.get("code", "")) for found in event.body.get("interpretation", ()) for one in _codings(found)}


def _codings(concept: Any) -> list[Body]:
    found = concept.get("coding", []) if isinstance(concept, dict) else []
    return [one for one in found if isinstance(one, dict)]
