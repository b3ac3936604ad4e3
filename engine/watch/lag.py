"""How far each group is behind the topics that it reads: in records, and in the age of what it has yet to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from engine.bus.bus import Bus, OffsetOutOfRange
from engine.bus.record import Partition, Record, Span


class Lag(NamedTuple):
    """One topic that one group reads."""

    group: str
    topic: str
    records: int
    is_first: bool
    oldest_us: int | None
    """When the oldest record of it that the group has yet to read was stored; of its first topic alone."""


def find_lags(bus: Bus, groups: Mapping[str, Sequence[str]]) -> Iterator[Lag]:
    """The lag of each group on each of its topics that there is, the one that leads it first; raises BusError."""
    for group, topics in groups.items():
        for topic in topics:
            is_first = topic == topics[0]
            waiting = _waiting(bus, group, topic)
            records = sum(stop - first for first, stop in waiting.values())
            yield Lag(group, topic, records, is_first, _oldest(bus, waiting) if is_first else None)


def _waiting(bus: Bus, group: str, topic: str) -> dict[Partition, Span]:
    """Of each partition that the group has not read to its end, what is left."""
    committed = bus.committed(group, topic)
    left = {at: Span(max(committed.get(at, 0), span.first), span.next) for at, span in bus.spans(topic).items()}
    return {at: span for at, span in left.items() if span.first < span.next}


def _oldest(bus: Bus, waiting: Mapping[Partition, Span]) -> int | None:
    found = [_first(bus, at, span.first) for at, span in waiting.items()]
    return min((one.timestamp * 1000 for one in found if one), default=None)


def _first(bus: Bus, partition: Partition, offset: int) -> Record | None:
    try:
        return next(bus.read(partition, offset, offset + 1), None)
    except OffsetOutOfRange:
        return None
