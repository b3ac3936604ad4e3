"""The embedded bus's producer: bounded, in order, and quick."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

from engine.bus import outbox
from engine.bus.bus import BusError
from engine.bus.embedded import lock
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record, Topic
from tests.contract.bus_drive import LONG, Ears, numbered, producing, read_all, values


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "bus"


@pytest.fixture
def bus(home: Path) -> Iterator[EmbeddedBus]:
    with EmbeddedBus(home) as bus:
        bus.ensure([Topic("t", 2), Topic("other", 1)])
        yield bus


def test_more_than_may_wait_is_refused_and_later_taken(
    bus: EmbeddedBus, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_WAITING", 10)
    ears = [Ears() for _ in range(15)]
    with producing(bus) as producer:
        with (home / "topics" / "t.db.lock").open("r+b") as other:
            flock(other, LOCK_EX)
            for number, ear in enumerate(ears):
                producer.publish([Record("t", b"k", b"%d" % number)], ear)
            with pytest.raises(BusError, match="not durable within"):
                producer.flush(0.1)
        with pytest.raises(BusError, match="wait already"):
            producer.flush(LONG)
        producer.publish([Record("t", b"k", b"99")], Ears())
        producer.flush(LONG)
    assert [ear.heard for ear in ears[:10]] == [[None]] * 10
    assert [[type(error) for error in ear.heard] for ear in ears[10:]] == [[BusError]] * 5
    assert values(read_all(bus, "t")) == [*range(10), 99]


def test_one_call_larger_than_may_wait_is_taken_alone(bus: EmbeddedBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST_BYTES_WAITING", 10)
    with producing(bus) as producer:
        producer.publish([Record("t", b"k", b"1" * 100)], Ears())
        producer.flush(LONG)


def test_a_topic_that_cannot_be_written_costs_no_other(
    bus: EmbeddedBus, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.05)
    held, free, both = Ears(), Ears(), Ears()
    with producing(bus) as producer, (home / "topics" / "t.db.lock").open("r+b") as other:
        flock(other, LOCK_EX)
        producer.publish([Record("t", b"k", b"1")], held)
        producer.publish([Record("other", b"k", b"2")], free)
        producer.publish([Record("t", b"k", b"3"), Record("other", b"k", b"4")], both)
        with pytest.raises(BusError):
            producer.flush(LONG)
    assert [type(error) for error in held.heard + both.heard] == [BusError, BusError]
    assert free.heard == [None]


def test_a_record_of_wrong_types_fails_and_the_producer_goes_on(bus: EmbeddedBus) -> None:
    wrong, right = Ears(), Ears()
    with producing(bus) as producer:
        producer.publish([Record("t", b"k", b"v", {"header": None})], wrong)  # type: ignore[dict-item]  # on purpose
        with pytest.raises(BusError):
            producer.flush(LONG)
        producer.publish([Record("t", b"k", b"v")], right)
        producer.flush(LONG)
    assert [type(error) for error in wrong.heard] == [BusError]
    assert right.heard == [None]


def test_calls_that_wait_are_written_together(bus: EmbeddedBus) -> None:
    with producing(bus) as producer:
        began = time.monotonic()
        for record in numbered("t", range(5000)):
            producer.publish([record], Ears())
        producer.flush(LONG)
        assert time.monotonic() - began < 5
