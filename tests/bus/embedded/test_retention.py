"""The embedded bus removes what is too old or replaced, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.bus.embedded import producer as producing_module
from engine.bus.embedded import retention
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Partition, Record, Span, Topic
from tests.contract.bus_drive import LONG, Ears, consuming, drain, numbered, producing, publish, read_all, values
from tests.rig.process import wait_until

HOUR = 3_600_000


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[EmbeddedBus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        yield bus


def _now() -> int:
    return time.time_ns() // 1_000_000


def test_records_older_than_the_retention_go_however_many(bus: EmbeddedBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST_REMOVED", 7)
    bus.ensure([Topic("t", 2, retention=timedelta(hours=1))])
    publish(bus, numbered("t", range(100)))
    counts = {partition: span.next for partition, span in bus.spans("t").items()}
    bus.enforce("t", _now() + HOUR - 60_000)
    assert len(read_all(bus, "t")) == 100
    bus.enforce("t", _now() + HOUR + 60_000)
    assert read_all(bus, "t") == []
    assert bus.spans("t") == {partition: Span(count, count) for partition, count in counts.items()}


def test_offsets_go_on_after_everything_was_removed(bus: EmbeddedBus) -> None:
    bus.ensure([Topic("t", 1, retention=timedelta(hours=1))])
    publish(bus, numbered("t", range(5)))
    bus.enforce("t", _now() + 2 * HOUR)
    publish(bus, numbered("t", range(5, 8)))
    assert [record.offset for record in read_all(bus, "t")] == [5, 6, 7]


def test_without_retention_nothing_goes(bus: EmbeddedBus) -> None:
    bus.ensure([Topic("t", 1)])
    publish(bus, numbered("t", range(5)))
    bus.enforce("t", _now() + 100_000 * HOUR)
    assert values(read_all(bus, "t")) == list(range(5))


def test_compaction_keeps_the_newest_record_of_each_key(bus: EmbeddedBus) -> None:
    bus.ensure([Topic("t", 3, compacted=True)])
    publish(bus, numbered("t", range(100), keys=10))
    spans = bus.spans("t")
    for _ in range(2):
        bus.enforce("t", _now())
        assert values(read_all(bus, "t")) == list(range(90, 100))
        assert bus.spans("t") == spans
    publish(bus, numbered("t", range(100, 105), keys=10))
    bus.enforce("t", _now())
    assert values(read_all(bus, "t")) == list(range(95, 105))


def test_a_consumer_passes_the_gaps_of_compaction_without_complaint(bus: EmbeddedBus) -> None:
    bus.ensure([Topic("t", 1, compacted=True)])
    publish(bus, numbered("t", range(100), keys=10))
    with consuming(bus, "g", ["t"], lambda _: {Partition("t", 0): 3}) as consumer:
        bus.enforce("t", _now())
        assert values(drain(consumer, 10)) == list(range(90, 100))
    assert [record.offset for record in bus.read(Partition("t", 0), 5, 95)] == [90, 91, 92, 93, 94]


def test_a_producer_removes_old_records_by_itself(bus: EmbeddedBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producing_module, "TIDY_EVERY", 0.05)
    bus.ensure([Topic("t", 1, retention=timedelta(milliseconds=1))])
    with producing(bus) as producer:
        producer.publish([Record("t", b"k", b"v")], Ears())
        producer.flush(LONG)
        wait_until(lambda: bus.spans("t") == {Partition("t", 0): Span(1, 1)}, "the removal", LONG)
