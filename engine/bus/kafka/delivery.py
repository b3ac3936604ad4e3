"""How one call of `publish` ends: told once, by the thread that polls, when all of its records have ended."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from confluent_kafka import KafkaError, Message

from engine.bus.bus import BusError, Durable
from engine.bus.kafka.record import fault

log = structlog.get_logger()


class Delivery:
    """Counts the records of a call down; its methods are called by the polling thread only."""

    __slots__ = ("_durable", "_ended", "_error", "_left")

    def __init__(self, count: int, durable: Durable, ended: Callable[[BusError | None], None]) -> None:
        self._left = count
        self._durable = durable
        self._ended = ended
        self._error: BusError | None = None

    def __call__(self, error: KafkaError | None, message: Message) -> None:
        """One record was delivered, or was not."""
        if error is not None and self._error is None:
            self._error = fault(f"not stored (topic {message.topic()})", error)
        self._left -= 1
        if self._left == 0:
            self._end()

    def refuse(self, count: int, error: BusError | None) -> None:
        """The last `count` records were not even taken."""
        self._error = self._error or error
        self._left -= count
        if self._left == 0:
            self._end()

    def _end(self) -> None:
        try:
            self._durable(self._error)
        except Exception:  # whose callback it is must not cost the others theirs
            log.exception("durable_callback_failed")
        self._ended(self._error)
