"""Persons: the patients that links and decisions join, and the id of each person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from engine.canonical.identity import identify
from engine.persons.decision import Choice, newest
from engine.persons.links import Link, Verdict

Pair = tuple[str, str]


def joined_pairs(links: Iterable[Link], choices: Iterable[Choice]) -> set[Pair]:
    """The pairs of patients that are joined: linked by a number or a decision, and not parted by a decision."""
    decided = newest(choices)
    pairs = {(link.one, link.other) for link in links if link.verdict is Verdict.LINKED}
    together = {pair for pair, joined in decided.items() if joined}
    return together | {pair for pair in pairs if decided.get(pair, True)}


def persons(patients: Collection[str], joined: Iterable[Pair]) -> dict[str, str]:
    """The person that each patient is; pairs with somebody who is not among `patients` join nobody."""
    least = {one: one for one in patients}
    for one, other in joined:
        if one in least and other in least:
            first, second = _root(least, one), _root(least, other)
            least[max(first, second)] = min(first, second)
    return {one: person_id(_root(least, one)) for one in patients}


def person_id(least: str) -> str:
    """The id of the person whose patient with the least id this is."""
    return identify("Person", "", (least,))


def _root(least: Mapping[str, str], one: str) -> str:
    while least[one] != one:
        one = least[one]
    return one
