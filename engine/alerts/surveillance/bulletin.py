"""The figures of a weekly bulletin, as the city's disease control publishes them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from engine.alerts.surveillance.weeks import Week

WEEKS_BEFORE = 4
EVERYWHERE = ""
"""The place of the figures of the whole city."""


class Counted(NamedTuple):
    """Cases of a disease in a place within a week."""

    disease: str
    place: str
    week: Week
    cases: int


class Figures(NamedTuple):
    """A week of a disease in a place."""

    cases: int
    mean_before: float
    """Of the four weeks before."""
    change: float | None
    """Against that mean: 0.25 is a quarter more; None where there was none."""
    since_week_1: int


Bulletin = Mapping[str, Mapping[str, Figures]]
"""Figures by disease and place, those with the most cases first; EVERYWHERE comes before all places."""


def bulletin(counted: Iterable[Counted], since_week_1: Mapping[tuple[str, str], int], week: Week) -> Bulletin:
    """The figures of a week; weeks that are told of more than once add up, and those not told of had no case.

    `since_week_1` has the cases of each disease and place from week 1 to the end of the week.
    """
    by_week: defaultdict[tuple[str, str], Counter[Week]] = defaultdict(Counter)
    years: Counter[tuple[str, str]] = Counter()
    for one in counted:
        for place in (one.place, EVERYWHERE):
            by_week[one.disease, place][one.week] += one.cases
    for (disease, where), cases in since_week_1.items():
        for place in (where, EVERYWHERE):
            years[disease, place] += cases
    found = {key: figures(week, by_week[key], years[key]) for key in sorted({*by_week, *years})}
    return _ordered(found)


def figures(week: Week, cases: Mapping[Week, int], since_week_1: int) -> Figures:
    """The figures of a week; a week that is not told of had no case."""
    mean = sum(cases.get(one, 0) for one in weeks_before(week)) / WEEKS_BEFORE
    count = cases.get(week, 0)
    return Figures(count, mean, (count - mean) / mean if mean else None, since_week_1)


def weeks_before(week: Week) -> tuple[Week, ...]:
    """The weeks that it is compared with, the last one first; they reach into the year before."""
    return tuple(week.before(back) for back in range(1, WEEKS_BEFORE + 1))


def most(by_place: Mapping[str, Figures], places: int) -> dict[str, Figures]:
    """The whole city, and so many places that have cases in the week; all places where it is 0."""
    told = [place for place, one in by_place.items() if place != EVERYWHERE and (one.cases or not places)]
    return {place: by_place[place] for place in (EVERYWHERE, *told[: places or None])}


def _ordered(found: Mapping[tuple[str, str], Figures]) -> Bulletin:
    def rank(key: tuple[str, str]) -> tuple[int, int, str, bool, int, str]:
        disease, place = key
        whole, here = found[disease, EVERYWHERE], found[key]
        return -whole.cases, -whole.since_week_1, disease, place != EVERYWHERE, -here.cases, place

    ordered: dict[str, dict[str, Figures]] = {}
    for disease, place in sorted(found, key=rank):
        ordered.setdefault(disease, {})[place] = found[disease, place]
    return ordered
