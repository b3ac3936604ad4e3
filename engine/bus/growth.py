"""Topics that several processes write and each reads whole: read again where somebody wrote meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.bus.bus import Bus, read_topic
from engine.bus.elapsed import is_over
from engine.bus.record import Partition, Record, Span

LOOK_US = 5_000_000
"""Between two looks at whether a topic grew."""


class Growth:
    """One such topic; raises BusError where the bus does not answer."""

    def __init__(self, bus: Bus, topic: str, now_us: Callable[[], int]) -> None:
        self._bus = bus
        self._topic = topic
        self._now_us = now_us
        self._spans: Mapping[Partition, Span] = {}
        self._looked_us = 0

    def read(self) -> Iterator[Record]:
        """All that it holds now; what is written from now on is growth."""
        self._spans = self._bus.spans(self._topic)
        self._looked_us = self._now_us()
        return read_topic(self._bus, self._topic)

    def grew(self) -> bool:
        """Whether somebody wrote since it was read; looks at the bus every few seconds and says no between."""
        now_us = self._now_us()
        if not is_over(self._looked_us, now_us, LOOK_US):
            return False
        self._looked_us = now_us
        return self._bus.spans(self._topic) != self._spans
