"""Whether a connection's socket is read."""

from __future__ import annotations

import asyncio

from engine.listeners.budget import SMALL, Budget
from engine.listeners.reading import BATCH, END, PEER, Reading

LARGE = SMALL + 1
LARGEST = 1_000_000


class Noted(asyncio.Transport):
    """A transport that only knows whether it is read."""

    reading = True

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True


class Scene:
    """One connection's reading, and how often a frame that waited went on."""

    def __init__(self, budget: Budget) -> None:
        self.transport = Noted()
        self.resumed = 0
        self.reading = Reading(self.transport, budget, LARGEST, self._resume)

    def _resume(self) -> None:
        self.resumed += 1


def test_a_socket_is_read_when_no_reason_is_against_it() -> None:
    scene = Scene(Budget(1))
    for why in (BATCH, PEER, BATCH):
        scene.reading.stop(why)
    scene.reading.go_on(BATCH)
    scene.reading.go_on(END)
    assert not scene.transport.reading
    scene.reading.go_on(PEER)
    assert scene.transport.reading


def test_a_small_frame_needs_no_room_of_its_own() -> None:
    budget = Budget(LARGEST)
    Scene(budget).reading.make_room(SMALL)
    assert budget.used == 0


def test_a_frame_that_grew_large_has_room_until_it_is_whole() -> None:
    budget = Budget(LARGEST)
    scene = Scene(budget)
    for buffered in (LARGE, LARGE + 1, LARGE + 2):
        scene.reading.make_room(buffered)
        assert (budget.used, scene.transport.reading) == (LARGEST, True)
    scene.reading.make_room(0)
    assert budget.used == 0


def test_a_large_frame_waits_for_room_and_asks_once() -> None:
    budget = Budget(LARGEST)
    first, second = Scene(budget), Scene(budget)
    first.reading.make_room(LARGE)
    for buffered in (LARGE, LARGE + 1):
        second.reading.make_room(buffered)
    assert (second.transport.reading, second.reading.waits_for_room, second.resumed) == (False, True, 0)
    first.reading.leave()
    assert (second.transport.reading, second.resumed, budget.used) == (True, 1, LARGEST)
    second.reading.leave()
    assert budget.used == 0


def test_any_connection_waits_while_the_budget_is_full() -> None:
    budget = Budget(100)
    budget.take(101)
    scene = Scene(budget)
    scene.reading.make_room(0)
    assert not scene.transport.reading
    budget.give(1)
    assert (scene.transport.reading, budget.used) == (True, 100)


def test_who_leaves_while_waiting_is_given_nothing() -> None:
    budget = Budget(LARGEST)
    first, second = Scene(budget), Scene(budget)
    first.reading.make_room(LARGE)
    second.reading.make_room(LARGE)
    second.reading.leave()
    first.reading.leave()
    assert (budget.used, second.resumed) == (0, 0)
