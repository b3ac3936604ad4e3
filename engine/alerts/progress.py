"""How far each partition was worked off, whichever records Faust delivers twice or leaves out.

After partitions were divided anew Faust 0.15.3 may go on behind what it fetched before, or lose acknowledgments of its
own. So a worker knows by itself which record comes next: what came already is not worked off again, what was left out
is read from the bus, and only what was worked off is committed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from engine.bus.bus import Bus
from engine.bus.record import Partition, Record

MOST = 2000
"""Records that are read at once in place of Faust."""


class Progress:
    """The next offset of each partition that a worker has."""

    def __init__(self, bus: Bus, group: str) -> None:
        self._bus = bus
        self._group = group
        self.next: dict[Partition, int] = {}
        self._stood: dict[Partition, int] = {}
        """Partitions that held more than was worked off at the last look, and where they stood."""

    def begin(self, topics: Iterable[str], partitions: Collection[int]) -> None:
        """Go on from what the group committed, else from the oldest record. Raises BusError."""
        self.next, self._stood = {}, {}
        for topic in topics:
            done = self._bus.committed(self._group, topic)
            for one, span in self._bus.spans(topic).items():
                if one.number in partitions:
                    self.next[one] = max(done.get(one, span.first), span.first)

    def take(self, records: Iterable[Record]) -> list[Record]:
        """What is to be worked off of records that came, with what was left out before them. Raises BusError."""
        found: list[Record] = []
        for record in records:
            place = Partition(record.topic, record.partition)
            if record.offset > self.next.get(place, record.offset):
                found += self.read(place, record.offset)
            if record.offset == self.next.get(place):
                found.append(record)
                self.next[place] = record.offset + 1
        return found

    def read(self, place: Partition, stop: int) -> list[Record]:
        """The next records of a partition before `stop`, some of them where there are many. Raises BusError."""
        span = self._bus.spans(place.topic).get(place)
        first = max(self.next[place], span.first if span else 0)
        last = min(first + MOST, stop)
        found = list(self._bus.read(place, first, last)) if first < last else []
        self.next[place] = max(first, last)
        return found

    def left_out(self, topics: Iterable[str]) -> list[Record]:
        """What came of these topics before the last call already and was given to nobody since. Raises BusError."""
        ends = {one: span.next for topic in topics for one, span in self._bus.spans(topic).items()}
        behind = {one: self.next[one] for one, end in ends.items() if one in self.next and end > self.next[one]}
        stand = [one for one, at in behind.items() if self._stood.get(one) == at]
        self._stood = {one: at for one, at in self._stood.items() if one not in ends} | behind
        return [record for one in stand for record in self.read(one, ends[one])]
