"""The records that `engine tail` shows: the last ones, or those since a time, and then those that come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from heapq import heappush, heappushpop
from typing import NamedTuple

from engine.bus.live import Live
from engine.bus.record import Partition, Record, Span
from engine.commands.tail.row import Row, describe

WINDOW, WIDER = 200, 10
"""How far back of each partition's end the last records are looked for first, and how much farther each time."""

Shown = tuple[Row, Record]


class Wanted(NamedTuple):
    """Which records: the `last` so many, or all since a time in milliseconds; `follow`: then all that come."""

    last: int
    since_ms: int | None
    follow: bool
    facility: str | None = None
    type: str | None = None

    def row(self, record: Record) -> Row | None:
        """The record's row, None where nobody asked for it."""
        row = describe(record)
        return row if row.matches(self.facility, self.type) else None


async def read_wanted(live: Live, spans: dict[Partition, Span], wanted: Wanted) -> AsyncIterator[list[Shown]]:
    """The records in batches; without `follow` it ends with what was there when it began."""
    ends = {partition: span.next for partition, span in spans.items()}
    if wanted.since_ms is None:
        yield await _last(live, spans, wanted)
    else:
        await live.seek(await live.since(wanted.since_ms))
    while wanted.follow or not await live.reached(ends):
        yield [(row, record) for record in await live.poll() if (row := wanted.row(record))]


async def _last(live: Live, spans: dict[Partition, Span], wanted: Wanted) -> list[Shown]:
    """The last ones that are wanted, in order of time, looked for farther and farther back."""
    window = WINDOW
    while True:
        starts = {partition: max(span.first, span.next - window) for partition, span in spans.items()}
        found = await _newest(live, starts, spans, wanted)
        if len(found) >= wanted.last or all(starts[partition] == span.first for partition, span in spans.items()):
            return found
        window *= WIDER


async def _newest(
    live: Live, starts: dict[Partition, int], spans: dict[Partition, Span], wanted: Wanted
) -> list[Shown]:
    """Of the records from `starts` on, the newest; what has come since the spans were looked at is among them."""
    kept: list[tuple[int, str, Shown]] = []
    await live.seek(starts)
    while not await live.reached({partition: span.next for partition, span in spans.items()}):
        for record in await live.poll():
            if wanted.last and (row := wanted.row(record)):
                entry = (record.timestamp, row.position, (row, record))
                if len(kept) < wanted.last:
                    heappush(kept, entry)
                else:
                    heappushpop(kept, entry)
    return [shown for _, _, shown in sorted(kept, key=lambda one: one[:2])]
