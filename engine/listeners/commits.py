"""The way of records to the bus and of its word back to the event loop."""

from __future__ import annotations

import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import NamedTuple, Protocol

import structlog

from engine.bus.bus import BusError, Producer
from engine.bus.record import Record
from engine.listeners.budget import Budget
from engine.listeners.clock import Clock

log = structlog.get_logger()

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
"""Seconds between attempts to publish a batch that the bus could not make durable; doubled each time."""

SOON = 0.005
"""Seconds that the event loop waits for what it handed over; a disk that is well, or a broker that is near, needs less.

Where the loop goes on, it and the bus's thread hand Python's lock to each other with every frame, which costs a quarter
of the CPU; and what comes meanwhile makes the next commit larger. A slow disk or broker stops the loop no more than
that, and seldom, as `UNWAITED` says.
"""

UNWAITED = 10
"""Commits that are not waited for after two in a row that took longer: one may have had to tidy the disk's log."""


class Batch(Protocol):
    """Records that become durable together; on the event loop either `stored` is called, once, or `lost` is.

    `lost` says that the bus refused them until the monotonic time `until`. A batch that the bus still holds may become
    durable however late, so that it is neither for as long as that is open.
    """

    records: Sequence[Record]
    size: int
    until: float

    def stored(self) -> None:
        """The records are durable."""

    def lost(self) -> None:
        """The records are not stored, and are not published again."""


class _Ended(NamedTuple):
    """A call that has ended: its batches, how long to wait before the next attempt, and why it failed if it did."""

    batches: list[Batch]
    pause: float
    error: BusError | None


class Commits:
    """Publishes batches, again when the bus failed, and tells on the event loop when they are durable.

    What one turn of the loop brings goes to the bus in one call: the more comes, the less each costs. A call that
    fails is taken apart: from then on each of its batches goes alone, and only what is itself at fault stays behind.
    The bytes of a batch, taken from the budget by who made it, are given back when the bus has let go of them. The
    bus calls back from a thread of its own; however many calls end at once, the loop is woken once for all.
    """

    def __init__(self, producer: Producer, budget: Budget, clock: Clock, loop: AbstractEventLoop) -> None:
        self._producer = producer
        self._budget = budget
        self._clock = clock
        self._loop = loop
        self._turn: list[Batch] = []
        self._ended: SimpleQueue[_Ended] = SimpleQueue()
        self._under_way = 0
        self._unwaited = self._misses = 0
        self._late = False  # a call that was waited for in vain is under way
        self._woken = False

    def publish(self, batch: Batch) -> None:
        """Hand the batch to the bus at the end of this turn of the event loop; from the loop only."""
        if not self._turn:
            self._loop.call_soon(self._hand_over)
        self._turn.append(batch)

    def _hand_over(self) -> None:
        turn, self._turn = self._turn, []
        self._unwaited -= self._unwaited > 0
        waits = not (self._late or self._unwaited)
        self._woken = self._woken or waits
        self._publish(turn, FIRST_PAUSE)
        if waits:
            self._wait()
            self._settle()

    def _wait(self) -> None:
        """Wait for all that is under way, and settle it."""
        ended, until = list[_Ended](), time.monotonic() + SOON
        with suppress(Empty):
            while len(ended) < self._under_way:
                ended.append(self._ended.get(timeout=max(until - time.monotonic(), 0)))
        late = len(ended) < self._under_way
        for one in ended:
            self._take(one)
        self._misses = self._misses + 1 if late else 0
        self._late = late
        self._unwaited = UNWAITED if self._misses > 1 else 0

    def _publish(self, batches: list[Batch], pause: float) -> None:
        """Publish in one call; `pause` is how long to wait before the next attempt if this one fails."""
        records = [record for batch in batches for record in batch.records]
        self._under_way += 1
        try:
            self._producer.publish(records, partial(self._hear, batches, pause))
        except BusError as error:
            self._ended.put(_Ended(batches, pause, error))
            self._loop.call_soon(self._settle)

    def _hear(self, batches: list[Batch], pause: float, error: BusError | None) -> None:
        """On the bus's thread. A put before the flag is read is seen by the wake-up that set it, or causes one."""
        self._ended.put(_Ended(batches, pause, error))
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop is closed: nobody is left to tell
                self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        self._woken = False
        with suppress(Empty):
            while True:
                self._take(self._ended.get_nowait())

    def _take(self, ended: _Ended) -> None:
        self._under_way -= 1
        self._late = False
        self._end(*ended)

    def _end(self, batches: list[Batch], pause: float, error: BusError | None) -> None:
        if error is None:
            self._budget.give(sum([batch.size for batch in batches]))
            for batch in batches:
                _tell(batch.stored)
        elif len(batches) > 1:
            for batch in batches:
                self._publish([batch], FIRST_PAUSE)
        elif self._clock.monotonic() + pause > batches[0].until:
            self._budget.give(batches[0].size)
            _tell(batches[0].lost)
        else:
            self._loop.call_later(pause, self._publish, batches, min(pause * 2, LONGEST_PAUSE))


def _tell(told: Callable[[], None]) -> None:
    try:
        told()
    except Exception:  # whose batch it is must not cost the others theirs
        log.exception("an answer could not be given")
