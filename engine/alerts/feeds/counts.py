"""The last counts of a facility: of each name the newest word, so that what comes again counts once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.alerts.event import Event
from engine.canonical.feed import MINUTE_US


class Count(NamedTuple):
    """What one process said of one minute."""

    stamp: str
    minute_us: int
    received: int
    dead: int
    late: int
    unmapped: int


Counts = Mapping[str, Count]
"""By the name of process, minute and facility."""


def count_of(event: Event, reasons: frozenset[str]) -> Count:
    """The count that an event tells; of dead letters those of these reasons, or all where there are none."""
    body = event.body
    dead = sum(number for reason, number in body.get("dead", {}).items() if not reasons or reason in reasons)
    numbers = (int(body.get("received", 0)), int(dead), int(body.get("late", 0)), int(body.get("unmapped", 0)))
    return Count(event.stamp, int(body["minute"]), *numbers)


def take(counts: Counts, name: str, count: Count, first_us: int) -> dict[str, Count]:
    """The counts after one more; those of minutes before `first_us` are not kept."""
    before = counts.get(name)
    found = dict(counts) if before and before.stamp >= count.stamp else {**counts, name: count}
    return {name: one for name, one in found.items() if one.minute_us >= first_us}


def total(counts: Counts, first_us: int, stop_us: int) -> Count:
    """The sum over the minutes that begin from `first_us` and before `stop_us`."""
    found = [one for one in counts.values() if first_us <= one.minute_us < stop_us]
    received, dead = sum(one.received for one in found), sum(one.dead for one in found)
    late, unmapped = sum(one.late for one in found), sum(one.unmapped for one in found)
    return Count("", first_us, received, dead, late, unmapped)


def last_us(counts: Counts) -> int | None:
    """The end of the last minute in which something was received."""
    return max((one.minute_us + MINUTE_US for one in counts.values() if one.received), default=None)


def plain(counts: Counts) -> dict[str, Any]:
    """As JSON has it."""
    return {name: list(one) for name, one in counts.items()}


def counts_of(plain: Mapping[str, Any]) -> dict[str, Count]:
    """What `plain` wrote."""
    return {name: Count(*one) for name, one in plain.items()}
