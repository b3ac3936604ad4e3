"""The answer stage: hands the application acknowledgments that are owed to couriers, and commits what is done with."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple, Protocol

import structlog

from engine.bus.bus import BusError
from engine.bus.record import Partition
from engine.facilities.destination import Destination
from engine.hl7.acknowledgment import AcknowledgmentCode
from engine.listeners.client import Client
from engine.listeners.clock import Clock
from engine.listeners.courier import FIRST_PAUSE, Courier, Result, Waiting
from engine.listeners.owed import Batch, Owed, OwedReader
from engine.listeners.progress import Progress

MOST_WAITING = 50_000
"""Acknowledgments held in memory, about 1 KB each; above it the longest queue gives way."""
SHED = 500
PAUSE = 1.0
"""Seconds before a bus that failed is asked again."""
GRACE = 5.0
"""Seconds that what is under way may take at the end."""

log = structlog.get_logger("answer")


class Meter(Protocol):
    """Hears what becomes of the acknowledgments."""

    def ended(self, code: AcknowledgmentCode, result: Result) -> None:
        """One is done with."""

    def waiting(self, count: int) -> None:
        """So many are not."""


class Means(NamedTuple):
    """What the stage works with; a courier gives up what is older than `give_up` and cannot be delivered."""

    client: Callable[[Destination], Client]
    clock: Clock
    meter: Meter
    give_up: timedelta
    first_pause: float = FIRST_PAUSE


class Dispatch:
    """The couriers by destination, and how far each partition is done with; lives on one event loop."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._couriers: dict[Destination, tuple[Courier, asyncio.Task[None]]] = {}
        self._progress: dict[Partition, Progress] = {}
        self._committed: dict[Partition, int] = {}

    @property
    def waiting(self) -> int:
        """Acknowledgments taken and not done with."""
        return sum(len(courier) for courier, _ in self._couriers.values())

    def take(self, batch: Batch) -> None:
        """Have delivered what the batch asks for; what others read now is left to them."""
        self._leave({*self._progress} - batch.held | {*batch.came})
        self._progress |= {one: Progress(start) for one, start in batch.came.items() if one in batch.held}
        for owed in batch.owed:
            self._take(owed)
        self._means.meter.waiting(self.waiting)

    def offsets(self) -> dict[Partition, int]:
        """What is to be committed, in partitions where it is not what was."""
        found = {partition: progress.next for partition, progress in self._progress.items()}
        return {partition: at for partition, at in found.items() if self._committed.get(partition) != at}

    def committed(self, offsets: dict[Partition, int]) -> None:
        """Note what was."""
        self._committed |= offsets

    async def make_room(self) -> None:
        """Return when more may be taken: those whose receiver is away or too slow give way, for others it waits."""
        while self.waiting >= MOST_WAITING:
            longest = max((courier for courier, _ in self._couriers.values()), key=len)
            if not longest.shed(SHED):
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        """End what is under way."""
        for courier, _ in self._couriers.values():
            courier.stopping.set()
        tasks = [task for _, task in self._couriers.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _leave(self, partitions: Collection[Partition]) -> None:
        for courier, _ in self._couriers.values() if partitions else ():
            courier.forget(partitions)
        for partition in partitions:
            self._progress.pop(partition, None)
            self._committed.pop(partition, None)

    def _take(self, owed: Owed) -> None:
        record = owed.record
        partition = Partition(record.topic, record.partition)
        progress = self._progress.get(partition)
        if progress is None or not progress.begin(record.offset):
            return
        if owed.answer and owed.destination and owed.raw and progress.is_new(owed.raw):
            age = min(max(self._means.clock.now_us() / 1e6 - record.timestamp / 1e3, 0.0), self._give_up)
            until = self._means.clock.monotonic() + self._give_up - age
            self._courier(owed.destination).take(Waiting(partition, record.offset, owed.answer, until))
        else:
            progress.finish(record.offset)

    @property
    def _give_up(self) -> float:
        return self._means.give_up.total_seconds()

    def _courier(self, destination: Destination) -> Courier:
        courier, task = self._couriers.get(destination, (None, None))
        if courier is None or task is None or task.done():
            means = self._means
            client = means.client(destination)
            courier = Courier(client, str(destination), means.clock.monotonic, self._ended, means.first_pause)
            self._couriers[destination] = courier, asyncio.create_task(courier.run())
        return courier

    def _ended(self, one: Waiting, result: Result) -> None:
        self._means.meter.ended(one.answer.code, result)
        progress = self._progress.get(one.partition)
        if progress:
            progress.finish(one.offset)


async def answer_senders(make_reader: Callable[[], OwedReader], means: Means, stop: threading.Event) -> None:
    """Answer until `stop` is set; at least once: what is not committed is answered again after a crash.

    The bus is spoken to from a thread of its own, so that no courier waits for it, nor it for a courier.
    """
    dispatch = Dispatch(means)
    with ThreadPoolExecutor(1, "answer-bus") as thread:
        loop = asyncio.get_running_loop()
        reader = await loop.run_in_executor(thread, make_reader)

        async def commit() -> None:
            offsets = dispatch.offsets()
            if offsets:
                await loop.run_in_executor(thread, reader.commit, offsets)
                dispatch.committed(offsets)

        try:
            while not stop.is_set():
                try:
                    dispatch.take(await loop.run_in_executor(thread, reader.read))
                    await commit()
                except BusError:
                    log.warning("the bus failed, trying again", pause_s=PAUSE)
                    await asyncio.sleep(PAUSE)
                await dispatch.make_room()
            await dispatch.close()
            await commit()
        finally:
            await loop.run_in_executor(thread, reader.close)
