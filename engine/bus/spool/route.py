"""Which way what is published goes: straight to Kafka, or through the spool. One lock orders all that decides it.

DIRECT: each call goes to Kafka at once, and is kept until it is confirmed. The first one that fails, or is not
confirmed in time, turns the route: what is not confirmed goes to the spool in its order, and all that comes after it.
HELD: calls wait in memory for the last few records of the spool to be forwarded, or at the start for the first word
from Kafka; then they go straight to Kafka, in their order. This way nothing overtakes anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import Enum, auto
from functools import partial
from threading import Lock
from typing import Protocol

import structlog

from engine.bus.bus import BusError, Durable, Producer, RecordRefused
from engine.bus.outbox import Outbox
from engine.bus.record import Record

log = structlog.get_logger()


class Target(Producer, Protocol):
    """A producer that can give up what it holds."""

    def abandon(self) -> None:
        """Give up what is not confirmed: it fails at once, all of it, and what is published next overtakes nothing."""


class Way(Enum):
    """Where a call of `publish` goes."""

    DIRECT = auto()
    HELD = auto()
    SPOOLED = auto()


class Call:
    """One call of `publish` that has not ended; `since` is monotonic."""

    __slots__ = ("durable", "records", "since")

    def __init__(self, records: Sequence[Record], durable: Durable) -> None:
        self.records = records
        self.durable = durable
        self.since = time.monotonic()


class Route:
    """Takes calls, and sends each the way that holds now; `target` is used for direct calls, and then only."""

    def __init__(self, target: Target, way: Way) -> None:
        self.way = way
        self.outbox = Outbox()
        self.error: BusError | None = None
        self.failed = 0
        self._target = target
        self._lock = Lock()
        self._open: dict[Call, None] = {}
        self._held: list[Call] = []
        self._handed = 0
        self._confirmed = 0  # by the target's thread
        self._spooled = 0  # by the thread that empties the outbox
        self._is_away = way is Way.SPOOLED

    @property
    def is_settled(self) -> bool:
        """Whether all that was taken has ended."""
        return self._handed == self._confirmed + self._spooled

    def take(self, records: Sequence[Record], durable: Durable) -> None:
        """Send a call on its way; `durable` hears how it ended."""
        call = Call(records, durable)
        with self._lock:
            self._handed += 1
            if self.way is Way.DIRECT:
                self._publish(call)
            elif self.way is Way.HELD:
                self._held.append(call)
            else:
                self.outbox.put(records, partial(self._end, call))

    def waits_since(self) -> float | None:
        """When the oldest call was taken that Kafka has not confirmed and that is not on its way to the spool."""
        with self._lock:
            waiting = next(iter(self._open), None) or next(iter(self._held), None)
            return waiting.since if waiting else None

    def hold(self) -> None:
        """Hold what comes, so that the spool may be emptied."""
        with self._lock:
            self.way = Way.HELD

    def turn(self, problem: str) -> None:
        """Send everything through the spool from now on, first of all what Kafka has not confirmed."""
        with self._lock:
            if self.way is Way.SPOOLED:
                return
            if self._open:
                self._target.abandon()
            moved = [*self._open, *self._held]
            self._open, self._held = {}, []
            self.way = Way.SPOOLED
            if moved:
                records = [record for call in moved for record in call.records]
                self.outbox.put(records, partial(self._end_all, moved))
        if not self._is_away:
            self._is_away = True
            log.warning("messages go to the spool", problem=problem)

    def go_direct(self, is_over: Callable[[], bool]) -> bool:
        """Send what is held, and all that comes, straight to Kafka; not while something is on its way to the spool.

        `is_over` is asked whether the spool is empty when nothing can come into it any more.
        """
        with self._lock:
            if self.way is not Way.HELD or not self.outbox.is_idle or not is_over():
                return False
            self.way = Way.DIRECT
            held, self._held = self._held, []
            for call in held:
                self._publish(call)
        if self._is_away:
            self._is_away = False
            log.info("the spool is empty, messages go straight to Kafka")
        return True

    def _publish(self, call: Call) -> None:
        self._open[call] = None
        self._target.publish(call.records, partial(self._hear, call))

    def _hear(self, call: Call, error: BusError | None) -> None:
        """What became of a direct call; one that went to the spool meanwhile is answered from there."""
        if error is not None and not isinstance(error, RecordRefused):
            if call in self._open:
                self.turn(str(error))
            return
        with self._lock:
            is_open = call in self._open
            self._open.pop(call, None)
        if is_open:
            self._tell(call, error)
            self._confirmed += 1

    def _end_all(self, calls: Sequence[Call], error: BusError | None) -> None:
        for call in calls:
            self._end(call, error)

    def _end(self, call: Call, error: BusError | None) -> None:
        self._tell(call, error)
        self._spooled += 1

    def _tell(self, call: Call, error: BusError | None) -> None:
        if error is not None:
            with self._lock:
                self.error = error
                self.failed += 1
        try:
            call.durable(error)
        except Exception:  # whose callback it is must not cost the others theirs
            log.exception("durable_callback_failed")
