"""A producer around one that begins at once with what it is handed: nothing leaves before the flush."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from engine.bus.bus import BusError, Durable, Producer
from engine.bus.record import Record

CLOSING = 10.0
"""Seconds that closing waits for what was handed over."""


class GatheringProducer:
    """Keeps what it is handed until it is flushed, so that all of it is stored together."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._gathered: list[tuple[Sequence[Record], Durable]] = []
        self._closed = False

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        """Take the records in order; `durable` hears how it ended, by the end of the next flush."""
        if self._closed:
            raise BusError("not stored: the producer is closed - make a new one")
        self._gathered.append((records, durable))

    def flush(self, timeout: float) -> None:
        """Store everything handed over, and return when it is durable; raises BusError when it is not."""
        gathered, self._gathered = self._gathered, []
        for records, durable in gathered:
            self._producer.publish(records, durable)
        self._producer.flush(timeout)

    def close(self) -> None:
        """Flush what can be flushed and let go of the bus."""
        if not self._closed:
            self._closed = True
            with suppress(BusError):
                self.flush(CLOSING)
            self._producer.close()
