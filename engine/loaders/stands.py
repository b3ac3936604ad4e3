"""Where a loader believes that its store stands: the store keeps the offsets, and the loader reads on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from engine.bus.bus import Bus, Consumer
from engine.bus.record import Partition


class Stands:
    """The next offset of each partition in `at`, nothing where the store has not begun."""

    def __init__(self, bus: Bus, stored: Callable[[], Mapping[Partition, int]]) -> None:
        """`stored` asks the store for the next offset of each partition that was loaded from."""
        self._bus = bus
        self._stored = stored
        self.at: dict[Partition, int] = {}

    def begin(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        """Ask the store where it stands, and believe it of these partitions, which were assigned."""
        stored = self._stored()
        for partition in partitions:
            self.at.pop(partition, None)
            if partition in stored:
                self.at[partition] = stored[partition]
        return stored

    def find_back(self, consumer: Consumer) -> None:
        """Have the consumer read on from where the store stands, after a failure that left that open."""
        held = consumer.assigned()
        stored = self.begin(held)
        fresh = {topic: self._bus.spans(topic) for topic in {at.topic for at in held - stored.keys()}}
        firsts = {at: fresh[at.topic][at].first for at in held - stored.keys()}
        consumer.seek({at: stored.get(at, firsts.get(at, 0)) for at in held})
