"""The cases of one disease in one place, by day: a fold that comes to the same in whichever order and however often.

A case is kept with the stamp of the last word on it. A person counts once within AGAIN days: each visit for the same
illness is a diagnosis of its own. A case of which nothing holds any more keeps its stamp, so that an older word which
comes late does not bring it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from engine.alerts.surveillance.moves import Move

AGAIN = 28
"""Days within which two diagnoses of a person are one illness."""
KEEP = 75
"""Days that cases are kept: the longest month, the days of EARS before it, and an illness that began before."""


class Kept(NamedTuple):
    """The last word on a case; `day` is an ordinal, `gone` whether it is counted here no more."""

    stamp: str
    day: int
    subject: str
    event: str
    confirmed: bool
    gone: bool


Tally = Mapping[str, Kept]
"""By case."""


def take(tally: Tally, move: Move, today: date) -> dict[str, Kept]:
    """The cases after a word on one of them; words that are older, or of days that are kept no more, change nothing."""
    kept = keep(tally, today)
    before = tally.get(move.case)
    if before and before.stamp >= move.stamp:
        return kept
    day = min(move.day, today).toordinal() if move.day else (before.day if before else today.toordinal())
    if day >= _first(today):
        told = (move.subject, move.event, move.confirmed, False) if move.day else ("", "", False, True)
        kept[move.case] = Kept(move.stamp, day, *told)
    return kept


def keep(tally: Tally, today: date) -> dict[str, Kept]:
    """The cases without those of days that are kept no more."""
    first = _first(today)
    return {case: one for case, one in tally.items() if one.day >= first}


def _first(today: date) -> int:
    return (today - timedelta(days=KEEP)).toordinal()


def counts(tally: Tally, confirmed: bool = False) -> Counter[date]:
    """Persons by the day on which their illness was diagnosed first; `confirmed` leaves out those that are not."""
    found: Counter[date] = Counter()
    for days in _days(tally, confirmed).values():
        ordered = sorted(set(days))
        found[date.fromordinal(ordered[0])] += 1
        for before, after in pairwise(ordered):
            if after - before >= AGAIN:
                found[date.fromordinal(after)] += 1
    return found


def evidence(tally: Tally, since: date, most: int = 20) -> tuple[str, ...]:
    """The ids of the newest events of cases since a day, at most so many."""
    shown = [one for one in tally.values() if not one.gone and one.day >= since.toordinal()]
    return tuple(one.event for one in sorted(shown, key=lambda one: (-one.day, one.event))[:most])


def _days(tally: Tally, confirmed: bool) -> dict[str, list[int]]:
    by_person: dict[str, list[int]] = {}
    for case, one in tally.items():
        if not one.gone and (one.confirmed or not confirmed):
            by_person.setdefault(one.subject or case, []).append(one.day)
    return by_person


def plain(tally: Tally) -> dict[str, Any]:
    """As JSON has it."""
    return {case: list(one) for case, one in tally.items()}


def tally_of(plain: Mapping[str, Any]) -> dict[str, Kept]:
    """What `plain` wrote."""
    return {case: Kept(*one) for case, one in plain.items()}
