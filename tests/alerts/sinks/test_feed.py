"""How sinks are fed: at least once, in order, each by itself, and nobody while an alert is silenced."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from engine.alerts.alert import Status
from engine.alerts.sinks import feed as feeding
from engine.alerts.sinks.feed import Feed
from engine.alerts.sinks.sink import Away, Refused
from engine.alerts.standing import TOPIC, Silenced, Standing, encode
from engine.bus.bus import Bus, BusError, Consumer
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Partition, Record
from tests.rig.process import wait_until
from tests.watch.stage import HOUR_US, NOW_US, open_stage, publish, standing


class Box:
    """A sink that keeps what it is sent, or fails as it is told."""

    def __init__(self, again: float | None = None) -> None:
        self.again = again
        self.sent: list[Standing] = []
        self.problem: Exception | None = None
        self.attempts = 0

    def send(self, told: Standing) -> None:
        self.attempts += 1
        if self.problem:
            raise self.problem
        self.sent.append(told)

    def close(self) -> None:
        """Nothing is open."""

    @property
    def rules(self) -> list[str]:
        return [f"{one.alert.rule} {one.alert.status}" for one in self.sent]


class Heard:
    """What the meter heard."""

    def __init__(self) -> None:
        self.results: list[str] = []
        self.failures = 0

    def done(self, result: str, seconds: float) -> None:
        assert seconds >= 0
        self.results.append(result)

    def failed(self) -> None:
        self.failures += 1


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now_us = NOW_US

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    monkeypatch.setattr(feeding, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(feeding, "PATIENCE", 0.05)
    with open_stage(tmp_path) as bus:
        yield bus


@contextmanager
def feeding_to(
    bus: Bus, box: Box, name: str = "duty", *, is_default: bool = True, clock: Clock | None = None
) -> Iterator[Heard]:
    """Feed a sink on a thread while this lasts."""
    heard, stop = Heard(), threading.Event()
    known = ("chief", "duty")
    feed = Feed(name, box, bus, clock or Clock(), heard, is_default=is_default, known=known)
    thread = threading.Thread(target=feed.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def tell(bus: Bus, *told: Standing) -> None:
    publish(bus, map(encode, told))


def test_alerts_and_their_ends_arrive_in_order(bus: Bus) -> None:
    box = Box()
    with feeding_to(bus, box) as heard:
        tell(bus, standing("a"), standing("b"), standing("a", status=Status.RESOLVED))
        wait_until(lambda: len(box.sent) == 3, "three alerts")
    assert box.rules == ["a firing", "b firing", "a resolved"]
    assert heard.results == ["sent"] * 3


def test_a_sink_that_is_away_holds_no_other_and_gets_what_it_missed_in_order(bus: Bus, tmp_path: Path) -> None:
    dead, living = Box(), Box()
    dead.problem = Away("away")
    with EmbeddedBus(tmp_path / "bus") as other, feeding_to(other, dead, "dead") as heard, feeding_to(bus, living):
        tell(bus, *(standing(f"r{at}") for at in range(25)))
        wait_until(lambda: len(living.sent) == 25 and heard.failures > 2, "all at one, and failures at the other")
        assert dead.sent == []
        dead.problem = None
        wait_until(lambda: len(dead.sent) == 25, "all at the other")
    assert dead.rules == living.rules == [f"r{at} firing" for at in range(25)]


def test_what_is_refused_is_counted_and_the_next_goes_out(bus: Bus) -> None:
    box = Box()
    box.problem = Refused("no")
    with feeding_to(bus, box) as heard:
        tell(bus, standing("a"))
        wait_until(lambda: heard.results == ["refused"], "a refusal")
        box.problem = None
        tell(bus, standing("b"))
        wait_until(lambda: len(box.sent) == 1, "the next")
    assert (box.rules, heard.failures) == (["b firing"], 0)


def test_a_sink_that_fails_as_nobody_thought_is_tried_again(bus: Bus) -> None:
    box = Box()
    box.problem = RuntimeError("no such thing")
    with feeding_to(bus, box) as heard:
        tell(bus, standing("a"))
        wait_until(lambda: heard.failures > 1, "failures")
        box.problem = None
        wait_until(lambda: box.rules == ["a firing"], "the alert")


class Forgetting:
    """A bus whose consumers cannot store an offset the first time."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def __getattr__(self, name: str) -> object:
        return getattr(self._bus, name)

    def consumer(self, group: str, topics: list[str]) -> Consumer:
        consumer = self._bus.consumer(group, topics)
        store, failures = consumer.commit, iter([BusError("offsets not committed")])

        def commit(offsets: Mapping[Partition, int]) -> None:
            for failure in failures:
                raise failure
            store(offsets)

        consumer.commit = commit  # type: ignore[method-assign]  # a fault that no bus has at will
        return consumer


def test_what_was_read_with_an_alert_whose_offset_was_not_stored_is_sent_all_the_same(bus: Bus) -> None:
    tell(bus, standing("a"), standing("b"), standing("c"))
    box = Box()
    with feeding_to(cast("Bus", Forgetting(bus)), box) as heard:
        wait_until(lambda: len(box.sent) == 3, "all three")
        assert heard.failures == 1
    assert box.rules == ["a firing", "b firing", "c firing"]


def test_a_restart_sends_nothing_again_that_had_arrived_and_all_that_had_not(bus: Bus) -> None:
    first, second = Box(), Box()
    with feeding_to(bus, first) as heard:
        tell(bus, standing("a"), standing("b"))
        wait_until(lambda: len(first.sent) == 2, "two alerts")
        first.problem = Away("away")
        tell(bus, standing("c"))
        wait_until(lambda: heard.failures > 0, "a failure")
    tell(bus, standing("d"))
    with feeding_to(bus, second):
        wait_until(lambda: len(second.sent) == 2, "the rest")
    assert second.rules == ["c firing", "d firing"]


def test_the_same_word_again_is_not_sent_again(bus: Bus) -> None:
    box = Box()
    with feeding_to(bus, box):
        tell(bus, standing("a"), replace(standing("a"), changed_us=NOW_US + 5), standing("a"), standing("z"))
        wait_until(lambda: "z firing" in box.rules, "the last")
    assert box.rules == ["a firing", "z firing"]


def test_an_escalation_is_another_word(bus: Bus) -> None:
    box = Box()
    with feeding_to(bus, box):
        tell(bus, standing("a"), replace(standing("a"), escalated=1))
        wait_until(lambda: len(box.sent) == 2, "both")


def test_nothing_is_sent_while_an_alert_is_silenced_and_it_is_when_the_silence_ends(bus: Bus) -> None:
    box, clock = Box(), Clock()
    with feeding_to(bus, box, clock=clock):
        tell(bus, standing("a", silenced=Silenced("an", NOW_US + HOUR_US, "planned")), standing("z"))
        wait_until(lambda: box.rules == ["z firing"], "the other")
        clock.now_us += 2 * HOUR_US
        wait_until(lambda: box.rules == ["z firing", "a firing"], "the end of the silence")


def test_what_begins_and_ends_in_silence_is_never_sent(bus: Bus) -> None:
    box, clock = Box(), Clock()
    silence = Silenced("an", NOW_US + HOUR_US, "planned")
    with feeding_to(bus, box, clock=clock):
        over = replace(standing("a", status=Status.RESOLVED), silenced=silence)
        tell(bus, standing("a", silenced=silence), over, standing("y"))
        wait_until(lambda: box.rules == ["y firing"], "the other")
        clock.now_us += 2 * HOUR_US
        tell(bus, standing("z"))
        wait_until(lambda: "z firing" in box.rules, "the last")
    assert "a firing" not in box.rules


def test_a_silence_that_a_restart_finds_is_kept(bus: Bus) -> None:
    box, clock = Box(), Clock()
    with feeding_to(bus, Box(), clock=clock):
        tell(bus, standing("a", silenced=Silenced("an", NOW_US + HOUR_US, "planned")))
        wait_until(lambda: bool(bus.committed("sink-duty", TOPIC)), "an offset")
    with feeding_to(bus, box, clock=clock):
        clock.now_us += 2 * HOUR_US
        wait_until(lambda: box.rules == ["a firing"], "the end of the silence")


def test_a_rule_names_its_sinks_and_else_the_default_ones_hear_of_it(bus: Bus, tmp_path: Path) -> None:
    named, other = Box(), Box()
    with (
        EmbeddedBus(tmp_path / "bus") as second,
        feeding_to(bus, named, "chief", is_default=False),
        feeding_to(second, other, "duty"),
    ):
        tell(bus, standing("a", targets=("chief",)), standing("b"), standing("c", targets=("chief", "duty")))
        wait_until(lambda: len(named.sent) == len(other.sent) == 2, "two each")
    assert (named.rules, other.rules) == (["a firing", "c firing"], ["b firing", "c firing"])


def test_an_alert_whose_sinks_are_not_there_goes_to_the_default_ones(bus: Bus) -> None:
    box = Box()
    with feeding_to(bus, box):
        tell(bus, standing("a", targets=("gone",)), standing("b", targets=("gone", "chief")), standing("c"))
        wait_until(lambda: "c firing" in box.rules, "the last")
    assert box.rules == ["a firing", "c firing"]


def test_who_heard_of_an_alert_hears_of_its_end_although_it_went_on_to_others(bus: Bus) -> None:
    box = Box()
    with feeding_to(bus, box):
        over = replace(standing("a", status=Status.RESOLVED, targets=("chief",)), escalated=1)
        tell(bus, standing("a"), over, standing("z"))
        wait_until(lambda: "z firing" in box.rules, "the last")
    assert box.rules == ["a firing", "a resolved", "z firing"]


def test_what_fires_is_sent_again_to_a_receiver_that_forgets_over_a_restart_too(bus: Bus) -> None:
    with feeding_to(bus, Box(again=0.0)):
        tell(bus, standing("a"), standing("b"), standing("b", status=Status.RESOLVED))
        wait_until(lambda: bus.committed("sink-duty", TOPIC) != {}, "an offset")
        wait_until(lambda: sum(bus.committed("sink-duty", TOPIC).values()) == 3, "all heard")
    box = Box(again=0.0)
    with feeding_to(bus, box):
        wait_until(lambda: len(box.sent) > 3, "repeats")
    assert set(box.rules) == {"a firing"}


def test_what_rests_on_old_messages_is_told_nobody(bus: Bus) -> None:
    box = Box(again=0.0)
    with feeding_to(bus, box):
        tell(bus, replace(standing("old"), quiet=True), standing("z"))
        wait_until(lambda: len(box.sent) > 2, "repeats")
    assert set(box.rules) == {"z firing"}


def test_what_ended_long_ago_is_told_nobody(bus: Bus) -> None:
    box = Box()
    with feeding_to(bus, box):
        tell(bus, standing("old", status=Status.RESOLVED, started_us=NOW_US - 48 * HOUR_US), standing("z"))
        wait_until(lambda: "z firing" in box.rules, "the last")
    assert box.rules == ["z firing"]


def test_a_record_that_says_nothing_is_passed_over(bus: Bus) -> None:
    box = Box()
    with feeding_to(bus, box):
        publish(bus, [Record(TOPIC, b"x", b"no JSON"), Record(TOPIC, b"y", b""), encode(standing("z"))])
        wait_until(lambda: box.rules == ["z firing"], "the last")
    assert box.attempts == 1
