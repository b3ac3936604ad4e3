"""A topic as it grows, read outside any group by one reader: what is there already, and what comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import islice
from types import TracebackType
from typing import Protocol, Self

from engine.bus.bus import Bus
from engine.bus.record import Partition, Record, Span

AT_ONCE = 500
"""Records of a partition in one poll."""
PAUSE = 0.2
"""Seconds between two looks at a topic to which nothing was added."""


class Live(Protocol):
    """One topic; entered before anything else is asked of it. All of it raises BusError."""

    async def spans(self) -> dict[Partition, Span]:
        """The offsets that each partition holds now; empty for a topic that does not exist."""

    async def since(self, milliseconds: int) -> dict[Partition, int]:
        """For each partition the offset of the first record of that time or later, or the one that comes next."""

    async def seek(self, offsets: Mapping[Partition, int]) -> None:
        """Read these partitions, from these offsets on."""

    async def poll(self) -> list[Record]:
        """What is next, in order within each partition; nothing when nothing came for a moment."""

    async def reached(self, offsets: Mapping[Partition, int]) -> bool:
        """Whether everything before these offsets was read."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class PolledLive:
    """A topic of any bus, looked at again and again."""

    def __init__(self, bus: Bus, topic: str) -> None:
        self._bus = bus
        self._topic = topic
        self._next: dict[Partition, int] = {}

    async def spans(self) -> dict[Partition, Span]:
        """The offsets that each partition holds now; empty for a topic that does not exist."""
        return await asyncio.to_thread(self._bus.spans, self._topic)

    async def since(self, milliseconds: int) -> dict[Partition, int]:
        """For each partition the offset of the first record of that time or later, or the one that comes next."""
        spans = await self.spans()
        return {
            partition: await asyncio.to_thread(self._first_since, partition, span, milliseconds)
            for partition, span in spans.items()
        }

    async def seek(self, offsets: Mapping[Partition, int]) -> None:
        """Read these partitions, from these offsets on."""
        self._next = dict(offsets)

    async def poll(self) -> list[Record]:
        """What is next, in order within each partition; nothing when nothing came for a moment."""
        records = await asyncio.to_thread(self._read)
        if not records:
            await asyncio.sleep(PAUSE)
        return records

    async def reached(self, offsets: Mapping[Partition, int]) -> bool:
        """Whether everything before these offsets was read."""
        return all(self._next.get(partition, offset) >= offset for partition, offset in offsets.items())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bus.close()

    def _read(self) -> list[Record]:
        records: list[Record] = []
        for partition, span in self._bus.spans(self._topic).items():
            first = max(self._next.get(partition, span.first), span.first)
            found = list(islice(self._bus.read(partition, first, span.next), AT_ONCE))
            self._next[partition] = found[-1].offset + 1 if len(found) == AT_ONCE else span.next
            records += found
        return records

    def _first_since(self, partition: Partition, span: Span, milliseconds: int) -> int:
        """By halves: within a partition time does not go back."""
        low, high = span
        while low < high:
            middle = (low + high) // 2
            record = next(self._bus.read(partition, middle, high), None)
            if record is None or record.timestamp >= milliseconds:
                high = middle
            else:
                low = record.offset + 1
        return low
