"""The runner, killed in the middle: alerts and states are those of a plain computation, on either bus."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from itertools import count as count_looks
from pathlib import Path

import pytest

from engine.alerts import decisions, memory, standing
from engine.alerts.course import Course
from engine.alerts.event import read_event
from engine.alerts.load import load_rules
from engine.alerts.memory import read_kept
from engine.alerts.runner import GROUP, PATIENCE, TURN, Runner
from engine.alerts.standing import read_standing
from engine.bus.bus import Bus, BusError, read_topic
from engine.parts import now_us
from tests.alerts.feed import TOPIC, Sent, expected, make_feed, record_of
from tests.alerts.running import RULES, Silent, open_test_bus
from tests.rig.kafka import Kafka
from tests.rig.process import Child, Command, wait_until
from tests.rig.proof import count

EVENTS, KILLS = count(3_000, 30_000), count(2, 6)
SLICE = EVENTS // (KILLS + 1)


@pytest.fixture(params=["embedded", "kafka"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "embedded":
        yield str(tmp_path / "bus")
    else:
        with Kafka.single(tmp_path / "kafka") as kafka:
            yield kafka.bootstrap


def publish(bus: Bus, sent: list[Sent]) -> None:
    """Publish events, each tenth of them twice."""
    producer = bus.producer()
    twice = [one for one in sent for _ in range(1 + (one.number % 10 == 0))]
    producer.publish([record_of(one) for one in twice], lambda _error: None)
    producer.close()


def read_so_far(bus: Bus, child: Child | None = None) -> int:
    """How many events are committed; a runner that found the bus not ready yet is started again, as its role is."""
    if child and child.died:
        child.start()
    if not any(span.next for span in bus.spans(memory.TOPIC).values()):
        return 0  # before the group has read, a broker that began just now may not know it
    try:
        firsts = {partition: span.first for partition, span in bus.spans(TOPIC).items()}
        return sum(offset - firsts[partition] for partition, offset in bus.committed(GROUP, TOPIC).items())
    except BusError:
        return 0


@pytest.mark.timeout(180)
def test_alerts_and_states_are_those_of_a_plain_computation_though_the_runner_is_killed(
    where: str, tmp_path: Path
) -> None:
    feed = list(make_feed(EVENTS, 500, now_us() - EVENTS * 1000))
    command: Command = [sys.executable, "-m", "tests.alerts.running", where, RULES]
    child = Child(command, tmp_path / "runner.log")
    with open_test_bus(where) as bus:
        child.start()
        for kill in range(KILLS):
            publish(bus, feed[kill * SLICE : (kill + 1) * SLICE])
            wait_until(lambda least=kill * SLICE: read_so_far(bus, child) > least, "progress")  # type: ignore[misc]  # bound here
            child.kill9()
            child.start()
        publish(bus, feed[KILLS * SLICE :])
        wait_until(lambda: read_so_far(bus, child) == EVENTS + EVENTS // 10, "the end of the feed", 100)
        child.kill9()
        alerts = read_standing(read_topic(bus, standing.TOPIC))
        kept = read_kept(read_topic(bus, memory.TOPIC))
    assert sorted((one.alert.rule, one.alert.started_us, one.alert.ended_us) for one in alerts.values()) == sorted(
        ((rule, began, ended) for rule, _, began, ended in expected(feed)), key=lambda one: (one[0], one[1])
    )
    assert not any(one.quiet for one in alerts.values())
    assert kept == straight(feed).kept


def test_a_runner_without_rules_rests(tmp_path: Path) -> None:
    looks, stop = count_looks(), threading.Event()
    with open_test_bus(str(tmp_path / "bus")) as bus:
        runner = Runner(bus, (), now_us, Silent(), lambda: next(looks) < 0)
        thread = threading.Thread(target=runner.run, args=(stop,), daemon=True)
        thread.start()
        wait_until(lambda: bool(bus.committed(TURN, decisions.TOPIC)) or next(looks) > 4, "its turn")
        before = next(looks)
        stop.wait(2 * PATIENCE)
        assert next(looks) - before < 20
        stop.set()
        thread.join(10)


def straight(feed: list[Sent]) -> Course:
    course = Course(load_rules(RULES))
    for one in feed:
        course.take(read_event(record_of(one)), TOPIC, now_us())
    course.pass_time(now_us())
    return course
