"""Partitions whose next records are not in the bus: said aloud again and again, while the others flow on."""

from __future__ import annotations

import time
from collections.abc import Iterable

from engine.bus.bus import OffsetOutOfRange
from engine.bus.record import Partition, Span

EVERY = 1.0
"""Seconds between two complaints."""


class Gaps:
    """The partitions of one consumer that cannot go on where they should."""

    def __init__(self) -> None:
        self._faults: dict[Partition, str] = {}
        self._due = 0.0

    def note(self, partition: Partition, fault: str) -> None:
        """Complain of `partition` from now on."""
        self._faults[partition] = fault

    def forget(self, partitions: Iterable[Partition]) -> None:
        """Complain no more of those that were sought elsewhere, or are another's now."""
        for partition in partitions:
            self._faults.pop(partition, None)

    def complain(self) -> None:
        """Raise OffsetOutOfRange when there is a gap and it was not said for a second."""
        if self._faults and time.monotonic() >= self._due:
            self._due = time.monotonic() + EVERY
            raise OffsetOutOfRange(next(iter(self._faults.values())))


def outside(partition: Partition, offset: int, span: Span) -> str:
    """What is wrong with going on at `offset`; empty when nothing is."""
    if span.first <= offset <= span.next:
        return ""
    return (
        f"offset {offset} is not in the bus ({partition.topic}/{partition.number} holds {span.first} to {span.next})"
        " - find out what removed the records, then seek"
    )
