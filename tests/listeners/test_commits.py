"""The way of records to the bus and of its word back."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from engine.bus.bus import BusError, Durable
from engine.bus.record import Record
from engine.listeners.budget import Budget
from engine.listeners.commits import UNWAITED, Commits

FULL = BusError("not stored: the disk is full (test) - wait")


class Calls:
    """A bus that answers when it is told to, from a thread, as the real ones do; for times that those do not give."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[bytes], Durable]] = []

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        self.calls.append(([record.value for record in records], durable))

    def answer(self, *errors: BusError | None) -> None:
        """End so many of the first calls, all from one thread."""
        ended, self.calls = self.calls[: len(errors)], self.calls[len(errors) :]
        thread = threading.Thread(target=_tell, args=([durable for _, durable in ended], errors))
        thread.start()
        thread.join()

    def flush(self, timeout: float) -> None: ...

    def close(self) -> None: ...


def _tell(durables: Sequence[Durable], errors: Sequence[BusError | None]) -> None:
    for durable, error in zip(durables, errors, strict=True):
        durable(error)


class TurnedClock:
    """A clock that shows what it is set to."""

    seconds = 0.0

    def now_us(self) -> int:
        return int(self.seconds * 1_000_000)

    def monotonic(self) -> float:
        return self.seconds


class Noted:
    """A batch that notes what it hears."""

    size = 10

    def __init__(self, values: Sequence[bytes], until: float, heard: list[str]) -> None:
        self.records: Sequence[Record] = [Record("hl7.raw", b"", value) for value in values]
        self.until = until
        self.heard = heard

    def stored(self) -> None:
        self.heard.append(f"{self.records[0].value.decode()} stored")

    def lost(self) -> None:
        self.heard.append(f"{self.records[0].value.decode()} lost")


class Scene:
    """Commits over such a bus, and what the batches heard."""

    def __init__(self) -> None:
        self.bus = Calls()
        self.budget = Budget(1000)
        self.loop = asyncio.get_running_loop()
        self.clock = TurnedClock()
        self.commits = Commits(self.bus, self.budget, self.clock, self.loop)
        self.heard: list[str] = []

    def publish(self, *values: bytes, seconds: float = 60) -> None:
        self.budget.take(Noted.size)
        self.commits.publish(Noted(values, self.clock.monotonic() + seconds, self.heard))


def play(scenario: Callable[[Scene], Any]) -> None:
    async def run() -> None:
        await scenario(Scene())

    asyncio.run(run())


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_what_one_turn_of_the_loop_brings_goes_in_one_call() -> None:
    async def scenario(scene: Scene) -> None:
        scene.publish(b"a", b"b")
        scene.publish(b"c")
        assert scene.bus.calls == []
        await turns()
        assert [values for values, _ in scene.bus.calls] == [[b"a", b"b", b"c"]]
        scene.bus.answer(None)
        await turns()
        assert scene.heard == ["a stored", "c stored"]
        assert scene.budget.used == 0

    play(scenario)


def test_a_burst_of_words_from_the_bus_wakes_the_loop_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(scene: Scene) -> None:
        for value in (b"a", b"b", b"c"):
            scene.publish(value)
            await turns()
        woken = []
        wake = scene.loop.call_soon_threadsafe

        def count(tell: Callable[[], None]) -> asyncio.Handle:
            woken.append(tell)
            return wake(tell)

        monkeypatch.setattr(scene.loop, "call_soon_threadsafe", count)
        scene.bus.answer(None, None, None)
        await turns()
        assert (len(woken), scene.heard) == (1, ["a stored", "b stored", "c stored"])

    play(scenario)


def test_a_call_that_fails_is_taken_apart() -> None:
    async def scenario(scene: Scene) -> None:
        scene.publish(b"a")
        scene.publish(b"b")
        await turns()
        scene.bus.answer(FULL)
        await turns()
        assert [values for values, _ in scene.bus.calls] == [[b"a"], [b"b"]]
        scene.bus.answer(FULL, None)
        await turns()
        assert scene.heard == ["b stored"]
        await asyncio.sleep(0.15)
        assert [values for values, _ in scene.bus.calls] == [[b"a"]]
        scene.bus.answer(None)
        await turns()
        assert scene.heard == ["b stored", "a stored"]
        assert scene.budget.used == 0

    play(scenario)


def test_a_batch_that_cannot_be_told_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(scene: Scene) -> None:
        for value in (b"a", b"b"):
            scene.publish(value)
        monkeypatch.setattr(Noted, "stored", _stumble_over_a)
        await turns()
        scene.bus.answer(None)
        await turns()
        assert (scene.heard, scene.budget.used) == (["b stored"], 0)

    play(scenario)


def _stumble_over_a(batch: Noted) -> None:
    if batch.records[0].value == b"a":
        raise RuntimeError("the connection is at fault (test) - mend it")
    batch.heard.append("b stored")


def test_a_batch_that_fails_until_its_time_is_up_is_lost() -> None:
    async def scenario(scene: Scene) -> None:
        scene.publish(b"a", seconds=1.0)
        await turns()
        scene.bus.answer(FULL)
        await asyncio.sleep(0.15)
        assert (scene.heard, scene.budget.used) == ([], 10)
        scene.clock.seconds = 0.95
        scene.bus.answer(FULL)
        await turns()
        assert (scene.heard, scene.budget.used, scene.bus.calls) == (["a lost"], 0, [])

    play(scenario)


def test_a_batch_that_the_bus_holds_is_not_lost_however_late_it_is() -> None:
    async def scenario(scene: Scene) -> None:
        scene.publish(b"a", seconds=1.0)
        await turns()
        scene.clock.seconds = 100.0
        await turns()
        assert (scene.heard, scene.budget.used) == ([], 10)
        scene.bus.answer(None)
        await turns()
        assert (scene.heard, scene.budget.used) == (["a stored"], 0)

    play(scenario)


def test_a_word_that_comes_after_the_loop_has_ended_harms_nobody() -> None:
    kept: list[Scene] = []

    async def scenario(scene: Scene) -> None:
        scene.publish(b"a")
        await turns()
        kept.append(scene)

    play(scenario)
    kept[0].bus.answer(None)
    assert kept[0].heard == []


def test_a_commit_that_is_soon_done_is_told_in_the_same_turn() -> None:
    async def scenario(scene: Scene) -> None:
        answering = threading.Thread(target=_answer_soon, args=(scene.bus,))
        answering.start()
        scene.publish(b"a")
        await turns(1)
        answering.join()
        await turns()
        assert scene.heard == ["a stored"]

    play(scenario)


def _answer_soon(bus: Calls) -> None:
    while not bus.calls:
        pass
    bus.answer(None)


async def timed_turns() -> float:
    began = time.monotonic()
    await turns()
    return time.monotonic() - began


def test_a_slow_bus_is_waited_for_twice_in_many_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def scenario(scene: Scene) -> None:
        for _ in range(UNWAITED + 1):
            scene.publish(b"a")
            waited.append(await timed_turns())
            scene.bus.answer(None)
            await turns()

    monkeypatch.setattr("engine.listeners.commits.SOON", 0.2)
    play(scenario)
    assert [seconds > 0.19 for seconds in waited] == [True, True, *[False] * (UNWAITED - 1)]


def test_a_commit_that_is_late_is_not_waited_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def scenario(scene: Scene) -> None:
        for value in (b"a", b"b"):
            scene.publish(value)
            waited.append(await timed_turns())
        scene.bus.answer(None, None)
        await turns()
        scene.publish(b"c")
        waited.append(await timed_turns())

    monkeypatch.setattr("engine.listeners.commits.SOON", 0.2)
    play(scenario)
    assert [seconds > 0.19 for seconds in waited] == [True, False, True]


def test_all_that_is_under_way_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(scene: Scene) -> None:
        for value in (b"a", b"b"):
            scene.publish(value)
            await turns()
        scene.bus.answer(None)
        await turns()
        assert scene.heard == ["a stored"]
        scene.publish(b"c")
        threading.Timer(0.1, scene.bus.answer, (None, None)).start()
        await turns(1)
        await asyncio.sleep(0)
        assert scene.heard == ["a stored", "b stored", "c stored"]

    monkeypatch.setattr("engine.listeners.commits.SOON", 0.3)
    play(scenario)
