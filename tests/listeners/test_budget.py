"""The bytes in flight that connections share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from engine.listeners.budget import Budget


def grants(log: list[str], name: str) -> Callable[[], None]:
    return lambda: log.append(name)


def test_what_fits_is_granted_at_once() -> None:
    budget, log = Budget(100), list[str]()
    assert budget.ask(60, grants(log, "a"))
    assert (log, budget.used, budget.full) == ([], 60, False)


def test_what_does_not_fit_waits_until_room_is_given_back() -> None:
    budget, log = Budget(100), list[str]()
    assert budget.ask(60, grants(log, "a"))
    assert not budget.ask(60, grants(log, "b"))
    assert log == []
    budget.give_room(60)
    assert (log, budget.used) == (["b"], 60)


def test_no_large_frame_overtakes_one_that_asked_before() -> None:
    budget, log = Budget(100), list[str]()
    budget.take(90)
    budget.ask(40, grants(log, "first"))
    budget.ask(5, grants(log, "second"))
    assert log == []
    budget.give(90)
    assert log == ["first", "second"]


def test_large_frames_leave_half_to_those_who_send_none() -> None:
    budget, log = Budget(100), list[str]()
    assert [budget.ask(20, grants(log, name)) for name in ("a", "b", "c")] == [True, True, False]
    budget.take(50)
    assert budget.ask(0, grants(log, "small"))
    assert (log, budget.used, budget.full) == ([], 90, False)


def test_who_only_reads_on_does_not_wait_behind_a_large_frame() -> None:
    budget, log = Budget(100), list[str]()
    assert budget.ask(50, grants(log, "large"))
    assert not budget.ask(50, grants(log, "larger"))
    budget.take(60)
    assert not budget.ask(0, grants(log, "small"))
    budget.give(60)
    assert log == ["small"]


def test_who_only_waits_for_room_to_read_asks_for_nothing() -> None:
    budget, log = Budget(100), list[str]()
    budget.take(130)
    assert budget.full
    assert not budget.ask(0, grants(log, "a"))
    budget.give(40)
    assert (log, budget.used, budget.full) == (["a"], 90, False)


def test_a_frame_larger_than_the_limit_goes_alone() -> None:
    budget, log = Budget(100), list[str]()
    assert budget.ask(200, grants(log, "a"))
    assert not budget.ask(1, grants(log, "b"))


def test_a_withdrawn_request_is_not_granted() -> None:
    budget, log = Budget(100), list[str]()
    budget.take(100)
    request = grants(log, "a")
    budget.ask(50, request)
    budget.withdraw(request)
    budget.give(100)
    assert (log, budget.used) == ([], 0)


@given(st.integers(1, 200), st.lists(st.integers(1, 150)))
def test_every_large_frame_gets_room_in_the_end_and_never_more_than_the_limit_at_once(
    limit: int, sizes: list[int]
) -> None:
    budget, granted = Budget(limit), list[int]()
    for size in sizes:
        if budget.ask(size, partial(granted.append, size)):
            granted.append(size)
    done = 0
    while done < len(granted):
        assert budget.used <= max(limit, *granted[done:])
        budget.give_room(granted[done])
        done += 1
    assert granted == sizes
