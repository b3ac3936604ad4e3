"""The audit trail of a process: security events into `audit`, chained, bounded in rate, and one after the other."""

from __future__ import annotations

import os
import threading
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import structlog

from engine.bus.bus import BusError, Producer
from engine.bus.record import Record
from engine.canonical.audit import Event, SecurityEvent
from engine.canonical.chain import Chain
from engine.listeners.clock import Clock
from engine.observe.metrics import Metrics

log = structlog.get_logger()

EVERY = 60.0
"""Seconds in which the same event is written once; a count of those that followed is written after them."""

MOST_A_SECOND = 20
"""First events written in a second, and as many counts of those that followed; more than that is only counted."""

MOST_PENDING = 10_000
"""Records that wait for the bus."""

A_CALL = 100
"""Records handed over at once."""

CLOSING_STEPS = 20
"""How often in a second the end looks whether all is stored."""


class Key(NamedTuple):
    """What makes two events the same."""

    event: Event
    listener: str
    address: str = ""
    facility: str = ""
    reason: str = ""


@dataclass(slots=True)
class Standing:
    """A key that was written: when, monotonic and by the day's clock, and how often it came since."""

    since: float
    since_us: int
    more: int = 0


class Trail:
    """Writes the security events of a process; made once, used on one event loop, `tick` called every second.

    What the bus refuses is handed over again and again, in order. Events that the bounds leave out are told by counts,
    so that a flood of refusals costs the bus no more than a few of them.
    """

    def __init__(self, producer: Producer, clock: Clock, metrics: Metrics) -> None:
        self._producer = producer
        self._clock = clock
        self._metrics = metrics
        self._chain = Chain(os.urandom(16).hex())
        self._recent: dict[Key, Standing] = {}  # the oldest first
        self._left_out: dict[Key, Standing] = {}  # keys of event and listener alone
        self._second = self._written = 0
        self._ticked = clock.monotonic()
        self._pending: deque[Record] = deque()
        self._sending = 0  # how many of them the bus has
        self._refused = False  # the bus refused them, until the next tick
        self._heard: deque[BusError | None] = deque()
        self._told = threading.Event()
        self._write(Key(Event.RECORDING_STARTED, ""))

    def note(self, key: Key) -> None:
        """Count the event, and write it unless the same was written just now, or too many were."""
        self._metrics.security_events.labels(key.listener, key.event).inc()
        now = self._clock.monotonic()
        standing = self._recent.get(key)
        if standing and now - standing.since < EVERY:
            standing.more += 1
        elif self._has_room(now):
            self._recent.pop(key, None)
            self._stand(key, now, standing)
        else:
            self._leave_out(key, now)
        self._pump()

    def tick(self) -> None:
        """Write the counts that are due, and hand over again what the bus refused."""
        now = self._clock.monotonic()
        if now - self._ticked >= 1:
            self._ticked = now
            self._sum_up(now - EVERY)
        self._pump(again=True)

    def close(self, seconds: float) -> None:
        """Write every count, and wait until all is stored or the time is over."""
        self._sum_up(self._clock.monotonic(), len(self._recent))
        for _ in range(int(seconds * CLOSING_STEPS) + 1):
            self._told.clear()
            self._pump(again=True)
            if not self._pending:
                return
            self._told.wait(1 / CLOSING_STEPS)
        log.error("security events were not stored", records=len(self._pending))

    @property
    def pending(self) -> int:
        """Records that are not known to be stored."""
        return len(self._pending)

    def _has_room(self, now: float) -> bool:
        if int(now) != self._second:
            self._second, self._written = int(now), 0
        self._written += 1
        return self._written <= MOST_A_SECOND and len(self._pending) < MOST_PENDING

    def _leave_out(self, key: Key, now: float) -> None:
        kind = Key(key.event, key.listener)
        left_out = self._left_out.setdefault(kind, Standing(now, self._clock.now_us()))
        left_out.more += 1

    def _stand(self, key: Key, now: float, before: Standing | None) -> None:
        """Write the event, with those of the minute before that were not written yet."""
        self._recent[key] = Standing(now, self._clock.now_us())
        if before and before.more:
            self._write(key, before.more + 1, before.since_us)
        else:
            self._write(key)

    def _sum_up(self, until: float, most: int = MOST_A_SECOND) -> None:
        """Write how many more there were of those that have stood since `until` or longer."""
        due = [key for key, one in self._recent.items() if one.since <= until and not one.more]
        for key in due:
            del self._recent[key]
        counted = [(key, one) for key, one in self._recent.items() if one.since <= until]
        for key, one in counted[: max(min(most, MOST_PENDING - len(self._pending)), 0)]:
            del self._recent[key]
            self._recent[key] = Standing(self._clock.monotonic(), self._clock.now_us())
            self._write(key, one.more, one.since_us)
        for key in [key for key, one in self._left_out.items() if one.since <= until]:
            one = self._left_out.pop(key)
            self._write(key, one.more, one.since_us)

    def _write(self, key: Key, count: int = 1, since_us: int = 0) -> None:
        event = SecurityEvent(key.event, key.listener, self._clock.now_us(), *key[2:], count=count, since_us=since_us)
        self._pending.append(self._chain.seal(event))
        if key.event is not Event.RECORDING_STARTED:
            _, *told = key._fields
            where = {name: getattr(key, name) for name in told if getattr(key, name)}
            log.warning("security event", kind=key.event.value, count=count, **where)

    def _pump(self, again: bool = False) -> None:
        """Hand over what waits, one call at a time, so that the order holds; what was refused only `again`."""
        while self._heard:
            self._hear(self._heard.popleft())
        if not self._pending or self._sending or (self._refused and not again):
            return
        batch = list(islice(self._pending, A_CALL))
        self._sending, self._refused = len(batch), False
        try:
            self._producer.publish(batch, self._tell)
        except BusError as error:
            self._tell(error)

    def _hear(self, error: BusError | None) -> None:
        if error:
            log.error("security events are not stored yet", records=len(self._pending), reason=str(error))
            self._refused = True
        else:
            for _ in range(self._sending):
                self._pending.popleft()
        self._sending = 0

    def _tell(self, error: BusError | None) -> None:
        """On a thread of the bus."""
        self._heard.append(error)
        self._told.set()
