"""One batch of the spool on its way to Kafka: which of its records are confirmed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from threading import Event

from engine.bus.bus import BusError, Producer, RecordRefused
from engine.bus.spool.log import Spooled


class Sending:
    """Publishes each record by a call of its own, so that it is known which of them Kafka has."""

    def __init__(self, batch: Sequence[Spooled]) -> None:
        self._batch = batch
        self._ended: list[bool] = [False] * len(batch)
        self._left = len(batch)
        self._heard = time.monotonic()
        self.refused: list[tuple[Spooled, RecordRefused]] = []
        self.error: BusError | None = None
        self.done = Event()

    def begin(self, producer: Producer) -> None:
        """Hand all of it to the producer."""
        for at, spooled in enumerate(self._batch):
            producer.publish([spooled.record], partial(self._hear, at))

    def silence(self) -> float:
        """Seconds since anything was heard."""
        return time.monotonic() - self._heard

    def confirmed(self) -> int:
        """How many records from the first one on have ended well, or are refused for good."""
        return self._ended.index(False) if False in self._ended else len(self._ended)

    def _hear(self, at: int, error: BusError | None) -> None:
        self._heard = time.monotonic()
        if isinstance(error, RecordRefused):
            self.refused.append((self._batch[at], error))
        elif error is not None:
            self.error = error
            self.done.set()
            return
        self._ended[at] = True
        self._left -= 1
        if self._left == 0:
            self.done.set()
