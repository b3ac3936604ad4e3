"""The figures of a weekly bulletin, as the city's disease control publishes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from engine.alerts.surveillance.weeks import Week, last_week

WEEKS_BEFORE = 4


class Figures(NamedTuple):
    """A week of a disease."""

    week: Week
    cases: int
    mean_before: float
    """Of the four weeks before."""
    change: float | None
    """Against that mean: 0.25 is a quarter more; None where there was none."""
    since_week_1: int


def figures(week: Week, cases: Mapping[Week, int]) -> Figures:
    """The figures of a week; a week that is not told of had no case."""
    before = [cases.get(week.before(back), 0) for back in range(1, WEEKS_BEFORE + 1)]
    mean, count = sum(before) / WEEKS_BEFORE, cases.get(week, 0)
    change = (count - mean) / mean if mean else None
    year = [Week(week.year, number) for number in range(1, min(week.number, last_week(week.year)) + 1)]
    return Figures(week, count, mean, change, sum(cases.get(one, 0) for one in year))


def most(by_place: Mapping[str, int], places: int = 5) -> list[tuple[str, int]]:
    """The places with the most cases, the most first; those without any are left out."""
    found = [(place, count) for place, count in by_place.items() if count > 0]
    return sorted(found, key=lambda one: (-one[1], one[0]))[:places]
