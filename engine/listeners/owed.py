"""The receipts of messages whose senders are owed an application acknowledgment, read from the bus with the messages.

Blocking: everything here is called from one thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

import structlog

from engine.bus.bus import Bus, BusError, OffsetOutOfRange
from engine.bus.record import Partition, Position, Record, Span, first_offsets
from engine.canonical import raw, receipt
from engine.canonical.raw import Raw
from engine.canonical.receipt import Receipt
from engine.facilities.destination import Destination
from engine.listeners.application import Answer, answer

GROUP = "answer"
BATCH = 500
PATIENCE = 0.5
"""Seconds that a poll waits."""
NEAR = 200
"""Raw records that are read needlessly rather than begin anew further on."""

log = structlog.get_logger("answer")


class Owed(NamedTuple):
    """What one receipt asks for; `destination` and `answer` are None where nothing is to be sent."""

    record: Record
    raw: Position | None = None
    destination: Destination | None = None
    answer: Answer | None = None


class Batch(NamedTuple):
    """What one poll gave: the receipts, the partitions held, and where those begin that came with it."""

    owed: tuple[Owed, ...]
    held: frozenset[Partition]
    came: Mapping[Partition, int]


class OwedReader:
    """Reads as a member of the group `answer`; a group that never read begins with what is younger than `oldest_ms`."""

    def __init__(
        self,
        bus: Bus,
        destinations: Mapping[str, Destination],
        accept: bytes,
        now_us: Callable[[], int],
        oldest_ms: int,
    ) -> None:
        self._bus = bus
        self._destinations = destinations
        self._accept = accept
        self._now_us = now_us
        self._came: dict[Partition, int] = {}
        self._fresh = self._first_starts(oldest_ms)
        self._consumer = bus.consumer(GROUP, [receipt.TOPIC], self._starts)

    def read(self) -> Batch:
        """The next receipts; after a BusError, which it raises, the same again."""
        records = self._consumer.poll(BATCH, PATIENCE)
        try:
            owed = tuple(self._look_up(records))
        except BusError:
            self._consumer.seek(first_offsets(records))
            raise
        came, self._came = self._came, {}
        return Batch(owed, self._consumer.assigned(), came)

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Store where the group goes on; raises BusError."""
        self._consumer.commit(offsets)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _look_up(self, records: Sequence[Record]) -> Iterator[Owed]:
        found = [(record, self._wanted(record)) for record in records]
        messages = self._read_raw(wanted.origin.raw for _, wanted in found if wanted)
        time = datetime.fromtimestamp(self._now_us() // 1_000_000, UTC).strftime("%Y%m%d%H%M%S+0000").encode()
        for record, wanted in found:
            message = messages.get(wanted.origin.raw) if wanted else None
            if wanted is None or message is None:
                yield Owed(record)
            else:
                made = answer(wanted, message, time, self._accept)
                yield Owed(record, wanted.origin.raw, self._destinations[wanted.origin.facility], made)

    def _wanted(self, record: Record) -> Receipt | None:
        """The receipt, if an answer is owed and there is where to send it."""
        try:
            read = receipt.decode(record)
        except (ValueError, KeyError):
            log.warning("a receipt cannot be read", position=str(record.position))
            return None
        return read if read.owed and read.origin.facility in self._destinations else None

    def _read_raw(self, positions: Iterable[Position]) -> dict[Position, Raw]:
        wanted = set(positions)
        return {
            record.position: raw.decode(record)
            for first, last in ranges(wanted)
            for record in self._read_range(first, last)
            if record.position in wanted
        }

    def _read_range(self, first: Position, last: Position) -> Iterator[Record]:
        try:
            yield from self._bus.read(Partition(first.topic, first.partition), first.offset, last.offset + 1)
        except OffsetOutOfRange:
            log.warning("messages to answer are no longer in the bus", first=str(first), last=str(last))

    def _starts(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        known = {**self._fresh, **self._bus.committed(GROUP, receipt.TOPIC)}
        starts = {partition: known.get(partition, 0) for partition in partitions}
        self._came |= starts
        return starts

    def _first_starts(self, oldest_ms: int) -> dict[Partition, int]:
        """Where to begin in partitions that the group never read: answers to what is long past help nobody."""
        committed = self._bus.committed(GROUP, receipt.TOPIC)
        spans = self._bus.spans(receipt.TOPIC)
        new = spans.keys() - committed.keys()
        return {partition: self._first_since(oldest_ms, partition, spans[partition]) for partition in new}

    def _first_since(self, oldest_ms: int, partition: Partition, span: Span) -> int:
        offsets = range(span.first, span.next)
        return span.first + bisect_left(offsets, oldest_ms, key=lambda offset: self._time(partition, offset))

    def _time(self, partition: Partition, offset: int) -> int:
        return next((record.timestamp for record in self._bus.read(partition, offset, offset + 1)), 0)


def ranges(positions: Iterable[Position]) -> list[tuple[Position, Position]]:
    """First and last of each run of positions that lie near each other in one partition."""
    ordered = sorted(positions)
    breaks = [number for number, (one, after) in enumerate(pairwise(ordered), 1) if not _near(one, after)]
    bounds = [0, *breaks, len(ordered)] if ordered else []
    return [(ordered[first], ordered[stop - 1]) for first, stop in pairwise(bounds)]


def _near(one: Position, after: Position) -> bool:
    return one[:2] == after[:2] and after.offset - one.offset <= NEAR
