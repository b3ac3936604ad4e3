"""What a spool counts, and what it says of itself."""

from __future__ import annotations

from engine.observe.metrics import Metrics


class Meter:
    """The metrics of one spool."""

    def __init__(self, metrics: Metrics) -> None:
        self.spooled = metrics.spooled
        self.damages = metrics.spool_damages
        self.refused = metrics.spool_refused
        self._depth = metrics.spool_depth
        self._bytes = metrics.spool_bytes
        self._room = metrics.spool_room_bytes
        self._age = metrics.spool_age_seconds

    def report(self, records: int, size: int, room: int, age: float) -> None:
        """Say what the spool holds, what it still has room for, and how old the oldest record is."""
        self._depth.set(records)
        self._bytes.set(size)
        self._room.set(room)
        self._age.set(age)
