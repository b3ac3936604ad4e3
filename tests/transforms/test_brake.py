"""How many dead letters are too many."""

from __future__ import annotations

import pytest

from engine.canonical.dead import Reason
from engine.canonical.receipt import Outcome
from engine.transforms.brake import Brake, Excess, Limits
from engine.transforms.conversion import Converted

MINUTE_US = 60_000_000


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.us = 1_790_000_000_000_000

    def __call__(self) -> int:
        return self.us


def came(good: int = 0, dead: int = 0, sender: str = "a") -> list[Converted]:
    mapped = Converted(Outcome.MAPPED, (), facility=sender)
    stopped = Converted(Outcome.DEAD, (), facility=sender, reason=Reason.VALUE)
    return [mapped] * good + [stopped] * dead


def brake(clock: Clock | None = None, most: int = 10, share: float = 0.5) -> Brake:
    return Brake(Limits(most, share, 10 * MINUTE_US), clock or Clock())


@pytest.mark.parametrize(
    ("good", "dead", "stops"), [(0, 9, False), (0, 10, True), (10, 10, True), (11, 10, False), (500, 400, False)]
)
def test_both_limits_must_be_passed(good: int, dead: int, stops: bool) -> None:
    assert bool(brake().excess(came(good, dead))) is stops


def test_it_is_told_how_many_and_why() -> None:
    assert brake().excess(came(2, 12)) == Excess(14, 12, {"VALUE": 12})


def test_batches_of_the_window_add_up() -> None:
    clock = Clock()
    one = brake(clock)
    for _ in range(3):
        assert one.excess(came(0, 3)) is None
        one.add(came(0, 3))
        clock.us += 3 * MINUTE_US
    assert one.excess(came(0, 1))
    clock.us += 2 * MINUTE_US
    assert one.excess(came(0, 1)) is None, "the first batch has left the window"


def test_what_is_asked_about_is_not_counted() -> None:
    one = brake()
    assert one.excess(came(0, 9)) is None
    assert one.excess(came(0, 9)) is None


@pytest.mark.parametrize("others", [came(1, 0, "b"), came(40, 9, "b"), came(0, 9, "b")])
def test_one_sender_alone_does_not_stop_the_others(others: list[Converted]) -> None:
    assert brake().excess([*came(0, 1000), *others]) is None


def test_several_senders_stop_all() -> None:
    assert brake().excess([*came(0, 1000), *came(5, 10, "b")])


def test_senders_that_nobody_knows_count_as_one() -> None:
    made_up = [one for number in range(100) for one in came(0, 10, f"unregistered-{number}")]
    assert brake().excess([*made_up, *came(5, 0, "b")]) is None


def test_without_a_limit_nothing_is_too_much() -> None:
    assert brake(most=0).excess(came(0, 100_000)) is None


def test_after_a_release_counting_begins_anew() -> None:
    one = brake()
    one.add(came(0, 9))
    one.forget()
    assert one.excess(came(0, 9)) is None


def test_a_clock_that_was_set_back_makes_the_window_no_longer() -> None:
    clock = Clock()
    made = brake(clock)
    made.add(came(dead=9))
    clock.us -= 3 * 86_400_000_000
    made.add(came(good=1))
    assert made.excess(came(dead=9)) is None
