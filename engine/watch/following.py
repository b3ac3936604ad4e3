"""Topics as they grow, read outside any group from positions that the reader keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.bus.bus import Bus, OffsetOutOfRange
from engine.bus.record import Partition, Record

AT_ONCE = 5_000
"""Records of a partition in one turn."""
BACK = 20_000
"""How many records before its end a partition is begun that was never read: not a history of years."""


class Following:
    """One topic; raises BusError where the bus does not answer."""

    def __init__(self, bus: Bus, topic: str, positions: dict[Partition, int], *, whole: bool = False) -> None:
        """Go on at `positions`, and keep them; `whole`: begin a partition at its first record."""
        self._bus = bus
        self._topic = topic
        self._positions = positions
        self._back = None if whole else BACK

    def read(self, until: Mapping[Partition, int] | None = None) -> Iterator[Record]:
        """What came since the last turn, in order within each partition, and not beyond `until`."""
        for partition, span in self._bus.spans(self._topic).items():
            begin = span.first if self._back is None else max(span.first, span.next - self._back)
            first = max(self._positions.get(partition, begin), span.first)
            stop = min(span.next, first + AT_ONCE, span.next if until is None else until.get(partition, 0))
            self._positions[partition] = first
            if first < stop:
                yield from self._advance(partition, first, stop)

    def _advance(self, partition: Partition, first: int, stop: int) -> Iterator[Record]:
        try:
            for record in self._bus.read(partition, first, stop):
                yield record
                self._positions[partition] = record.offset + 1
        except OffsetOutOfRange:
            return  # retention was quicker: the next turn begins at what is left
        self._positions[partition] = stop
