"""A courier: takes application acknowledgments to one destination, in order, and tries again while that is away."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

import structlog

from engine.bus.record import Partition
from engine.hl7.framing import FramingFault
from engine.listeners.application import Answer
from engine.listeners.client import Client, Unanswered

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between two attempts; doubled each time."""
IDLE = 10.0
"""Seconds without anything to take, after which the connection is closed and the courier ends."""

log = structlog.get_logger("answer")


class Result(StrEnum):
    """What became of an application acknowledgment."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


class Waiting(NamedTuple):
    """One to be delivered: the receipt that it answers by, and when (monotonic) it is too old to wait any more."""

    partition: Partition
    offset: int
    answer: Answer
    until: float


Ended = Callable[[Waiting, Result], None]


class Courier:
    """Delivers what it is given; `ended` hears of each once. It gives up old ones only after a failed attempt."""

    def __init__(
        self, client: Client, name: str, clock: Callable[[], float], ended: Ended, first_pause: float = FIRST_PAUSE
    ) -> None:
        self._client = client
        self._name = name
        self._clock = clock
        self._ended = ended
        self._first_pause = self._pause = first_pause
        self._failing = False
        self._queue = deque[Waiting]()
        self._came = asyncio.Event()
        self.stopping = asyncio.Event()
        """Set it to end the courier after what it is at."""

    def __len__(self) -> int:
        return len(self._queue)

    def take(self, one: Waiting) -> None:
        """Deliver this one after those before it."""
        self._queue.append(one)
        self._came.set()

    def forget(self, partitions: Collection[Partition]) -> None:
        """Leave to others what came from these partitions; `ended` does not hear of it."""
        self._queue = deque(one for one in self._queue if one.partition not in partitions)

    def shed(self, most: int) -> bool:
        """Make room: give up some of the oldest, if the receiver does not answer, or is slower than they may wait."""
        if not self._queue or not (self._failing or self._clock() >= self._queue[0].until):
            return False
        self._give_up(list(islice(self._queue, 1, 1 + most)))  # the first one may be on its way
        return True

    async def run(self) -> None:
        """Deliver until nothing came for some time, or `stopping` is set."""
        try:
            while await self._have() and not self.stopping.is_set():
                await self._attempt(self._queue[0])
        finally:
            self._client.close()

    async def _have(self) -> bool:
        """Whether there is something; when this says no, `run` ends without letting anybody else run before."""
        if not self._queue:
            self._came.clear()
            await _first(self._came, self.stopping, seconds=IDLE)
        return bool(self._queue)

    async def _attempt(self, one: Waiting) -> None:
        try:
            code = await self._client.send(one.answer.payload)
        except FramingFault:
            self._end(one, Result.GIVEN_UP)
        except (Unanswered, OSError):
            await self._failed()
        else:
            self._failing, self._pause = False, self._first_pause
            self._end(one, Result.DELIVERED if code is None or code.accepted else Result.REFUSED)

    async def _failed(self) -> None:
        if not self._failing:
            log.warning("receiver of application acknowledgments does not answer, trying again", destination=self._name)
        self._failing = True
        now = self._clock()
        self._give_up([one for one in self._queue if one.until <= now])
        await _first(self.stopping, seconds=self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _end(self, one: Waiting, result: Result) -> None:
        if self._queue and self._queue[0] is one:
            self._queue.popleft()
            self._ended(one, result)

    def _give_up(self, given_up: list[Waiting]) -> None:
        if not given_up:
            return
        log.warning("application acknowledgments given up", destination=self._name, count=len(given_up))
        gone = {(one.partition, one.offset) for one in given_up}
        self._queue = deque(one for one in self._queue if (one.partition, one.offset) not in gone)
        for one in given_up:
            self._ended(one, Result.GIVEN_UP)


async def _first(*events: asyncio.Event, seconds: float) -> None:
    """Return when one of the events is set, or after so many seconds."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
