"""Each event is one record of a chain, and no flood of them fills the bus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry

from engine.bus.bus import Producer, read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record, Topic
from engine.canonical.audit import TOPIC, Event, describe
from engine.canonical.chain import Verification
from engine.facilities.facility import Facility
from engine.listeners.security import SecurityEvents
from engine.listeners.trail import EVERY, MOST_A_SECOND, MOST_PENDING, Key, Trail
from engine.observe.metrics import Metrics
from tests.listeners.producers import Failing, Held
from tests.transforms.validity import validator

KNOWN = Facility("79014", "A")
NEWCOMER = Facility("unregistered-0123abcd", "?", registered=False)
CLAIMED = Facility("Nguyễn Văn A", "?", registered=False)

OF_LISTENERS = (
    *(Event.RECORDING_STARTED, Event.MISMATCH, Event.UNKNOWN_FACILITY, Event.HANDSHAKE_REFUSED),
    *(Event.TOKEN_REFUSED, Event.CERTIFICATE_RELOADED, Event.LIMIT_REFUSED),
)
"""What listeners note; the others are what people do."""


class TurnedClock:
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now_us(self) -> int:
        return 1_790_000_000_000_000 + int(self.seconds * 1_000_000)

    def monotonic(self) -> float:
        return self.seconds


class Scene:
    """A trail over a bus."""

    def __init__(self, bus: EmbeddedBus, producer: Producer) -> None:
        self.bus = bus
        self.clock = TurnedClock()
        self.counted = CollectorRegistry()
        self.trail = Trail(producer, self.clock, Metrics(self.counted))
        self.security = SecurityEvents("mllp", self.trail, bytes(32))

    def records(self) -> list[Record]:
        """What stands in `audit` once all is stored."""
        self.trail.close(10)
        return list(read_topic(self.bus, TOPIC))

    def events(self) -> list[dict[str, Any]]:
        """The events, without the one that begins the chain."""
        return [describe(record) for record in self.records()][1:]

    def turn(self, seconds: float) -> None:
        self.clock.seconds += seconds
        self.trail.tick()

    def total(self, event: Event) -> float:
        labels = {"listener": "mllp", "event": event.value}
        return self.counted.get_sample_value("engine_security_events_total", labels) or 0.0


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[EmbeddedBus]:
    with EmbeddedBus(tmp_path) as made:
        made.ensure([Topic(TOPIC, partitions=1)])
        yield made


@pytest.fixture
def scene(bus: EmbeddedBus) -> Iterator[Scene]:
    producer = bus.producer()
    yield Scene(bus, producer)
    producer.close()


def test_each_event_is_one_valid_record_of_one_chain(scene: Scene) -> None:
    scene.security.mismatch("10.0.0.1", KNOWN)
    scene.security.unknown_facility("10.0.0.1", NEWCOMER)
    scene.security.handshake_refused("10.0.0.1", "CERTIFICATE_VERIFY_FAILED")
    scene.security.token_refused("10.0.0.1")
    scene.security.certificate_reloaded()
    scene.security.limit_refused("10.0.0.1")
    records = scene.records()
    assert [describe(one)["event"] for one in records] == [event.value for event in OF_LISTENERS]
    assert [error for one in records for error in validator("AuditEvent").iter_errors(orjson.loads(one.value))] == []
    verification = Verification()
    assert [verification.check(one) for one in records] == [""] * len(OF_LISTENERS)
    assert all(scene.total(event) == 1 for event in OF_LISTENERS if event is not Event.RECORDING_STARTED)


def test_a_registered_facility_is_named_and_what_a_peer_claims_is_not(scene: Scene) -> None:
    for facility in (KNOWN, NEWCOMER, CLAIMED):
        scene.security.mismatch("10.0.0.1", facility)
    named = [event["facility"] for event in scene.events()]
    assert named[:2] == ["79014", "unregistered-0123abcd"]
    assert named[2].startswith("claimed-")
    assert not any("Nguy" in one.value.decode() for one in scene.records())


def test_an_odd_address_or_reason_of_a_peer_is_not_written(scene: Scene) -> None:
    scene.security.handshake_refused("<script>", "x" * 200 + "\n\x1b[31m")
    scene.security.handshake_refused("10.0.0.1", "bad\r\n\x1b[31m\u202e")
    first, second = scene.events()
    assert (first["address"], first["reason"]) == ("", "x" * 80)
    assert second["reason"] == "bad????31m?"


def test_the_same_event_is_written_once_a_minute_with_a_count_of_the_others(scene: Scene) -> None:
    for _ in range(500):
        scene.security.mismatch("10.0.0.1", KNOWN)
    scene.security.mismatch("10.0.0.2", KNOWN)
    scene.turn(EVERY)
    scene.turn(EVERY)
    scene.security.mismatch("10.0.0.1", KNOWN)
    counted = [(event["address"][-1], event["count"]) for event in scene.events()]
    assert counted == [("1", 1), ("2", 1), ("1", 499), ("1", 1)]
    assert scene.total(Event.MISMATCH) == 502


def test_an_event_after_a_minute_tells_those_before_it_without_a_tick(scene: Scene) -> None:
    for _ in range(3):
        scene.security.mismatch("10.0.0.1", KNOWN)
    scene.clock.seconds += EVERY
    scene.security.mismatch("10.0.0.1", KNOWN)
    assert [event["count"] for event in scene.events()] == [1, 3]


def test_a_flood_from_many_addresses_is_a_few_records_and_one_count(scene: Scene) -> None:
    for second in range(5):
        for host in range(1000):
            scene.security.token_refused(
                f"10.0.{second}.{host % 256}" if host < 256 else f"10.1.{host >> 8}.{host & 255}"
            )
        scene.turn(1)
    scene.turn(EVERY)
    events = scene.events()
    assert len(events) <= 5 * MOST_A_SECOND + 5 * MOST_A_SECOND + 1
    assert sum(event["count"] for event in events) == scene.total(Event.TOKEN_REFUSED) == 5000
    assert [event["count"] for event in events if not event["address"]]


def test_the_end_tells_what_was_counted(scene: Scene) -> None:
    for host in range(100):
        scene.security.limit_refused(f"10.0.0.{host}")
        scene.security.limit_refused(f"10.0.0.{host}")
    assert sum(event["count"] for event in scene.events()) == 200


def test_what_the_bus_refuses_is_stored_later_in_order(bus: EmbeddedBus) -> None:
    refusing = [True]
    own = bus.producer()
    producer = Failing(own, lambda _records: refusing[0], raising=True)
    scene = Scene(bus, producer)
    for host in range(5):
        scene.security.limit_refused(f"10.0.0.{host}")
    assert producer.refused == 1
    for _ in range(3):
        scene.turn(1)
    assert producer.refused == 4
    refusing[0] = False
    records = scene.records()
    verification = Verification()
    assert [verification.check(one) for one in records] == [""] * 6
    own.close()


def test_one_call_at_a_time_is_with_the_bus(bus: EmbeddedBus) -> None:
    own = bus.producer()
    producer = Held(own)
    scene = Scene(bus, producer)
    for host in range(10):
        scene.security.limit_refused(f"10.0.0.{host}")
        scene.turn(1)
    assert producer.calls == 1
    producer.let_go()
    assert len(scene.records()) == 11
    own.close()


def test_a_bus_that_stays_away_holds_no_more_than_so_many_records(bus: EmbeddedBus) -> None:
    own = bus.producer()
    scene = Scene(bus, Failing(own, lambda _records: True, raising=True))
    for host in range(MOST_PENDING + 1000):
        scene.trail.note(Key(Event.LIMIT_REFUSED, "mllp", f"10.{host >> 16}.{host >> 8 & 255}.{host & 255}"))
        if host % MOST_A_SECOND == 0:
            scene.clock.seconds += 1
    scene.trail.close(0)
    assert scene.trail.pending <= MOST_PENDING + 2
    own.close()


def test_a_new_process_begins_a_new_chain(bus: EmbeddedBus) -> None:
    own = bus.producer()
    for _ in range(2):
        scene = Scene(bus, own)
        scene.security.limit_refused("10.0.0.1")
        records = scene.records()
    verification = Verification()
    assert [verification.check(one) for one in records] == [""] * 4
    assert verification.writers == 2
    assert [describe(one)["event"] for one in records[::2]] == ["recording-started"] * 2
    own.close()
