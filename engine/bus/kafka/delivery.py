"""How one call of `publish` ends: told once, by who polls or flushes, when all of its records have ended."""

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
        tell(self._durable, self._error)
        self._ended(self._error)


class Gathered:
    """A call of which only failures are reported, and which ends with the flush that finds all of it reported."""

    __slots__ = ("_durable", "error")

    def __init__(self, durable: Durable) -> None:
        self._durable = durable
        self.error: BusError | None = None

    def __call__(self, error: KafkaError | None, message: Message) -> None:
        """One record was not delivered."""
        if error is not None:
            self.fail(fault(f"not stored (topic {message.topic()})", error))

    def fail(self, error: BusError) -> None:
        """Some of it is not stored, or is not known to be; the first that is said holds."""
        self.error = self.error or error

    def end(self) -> None:
        """Say how it ended: there is nothing more to be heard of it."""
        tell(self._durable, self.error)


def tell(durable: Durable, error: BusError | None) -> None:
    """Call `durable`; one that raises must not cost the others theirs."""
    try:
        durable(error)
    except Exception:
        log.exception("durable_callback_failed")
