"""When the certificate of a listener ends is told at its start, when it changes, and once an hour."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.alerts.course import Course
from engine.alerts.event import read_event
from engine.alerts.load import load_rules
from engine.bus.bus import read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record, Topic
from engine.canonical import feed_state
from engine.config.settings import ROOT
from engine.listeners.certificate_ends import AGAIN, CertificateEnds
from tests.listeners.test_security import TurnedClock

DAY_US = 86_400_000_000
ENDS_US = 1_790_000_000_000_000 + 20 * DAY_US


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[EmbeddedBus]:
    with EmbeddedBus(tmp_path) as bus:
        bus.ensure([Topic(feed_state.TOPIC, 1)])
        yield bus


def records(bus: EmbeddedBus, clock: TurnedClock, *told: tuple[float, str, int]) -> list[Record]:
    """What stands on the bus after these were told, so many seconds after the one before."""
    producer = bus.producer()
    ends = CertificateEnds(producer, clock)
    for seconds, listener, ends_us in told:
        clock.seconds += seconds
        ends.tell(listener, ends_us)
    producer.close()
    return list(read_topic(bus, feed_state.TOPIC))


def test_the_same_is_told_again_after_an_hour_and_a_new_one_at_once(bus: EmbeddedBus) -> None:
    told = [(0, "main", 1), (1, "main", 1), (1, "web", 1), (1, "main", 2), (1, "main", 2), (AGAIN, "main", 2)]
    found = records(bus, TurnedClock(), *told)
    names = [b"certificate/main", b"certificate/web", b"certificate/main", b"certificate/main"]
    assert [one.key for one in found] == names


def test_the_shipped_rules_name_the_listener_whose_certificate_ends(bus: EmbeddedBus) -> None:
    clock = TurnedClock()
    [record] = records(bus, clock, (0, "main", ENDS_US))
    course = Course([rule for rule in load_rules(ROOT / "mappings" / "alerts") if rule.topics == (feed_state.TOPIC,)])
    course.take(read_event(record), feed_state.TOPIC, clock.now_us())
    [standing] = course.standing.values()
    assert (standing.alert.rule, standing.alert.labels["listener"]) == ("certificate-ends", "main")
    course.pass_time(ENDS_US - 6 * DAY_US)
    found = {one.alert.rule: one.alert.started_us for one in course.standing.values()}
    assert found["certificate-ends-soon"] == ENDS_US - 7 * DAY_US
