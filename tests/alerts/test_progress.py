"""A worker works off each record once and none never, whatever it is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alerts import progress
from engine.alerts.progress import MOST, Progress
from engine.bus.bus import read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Partition, Record, Topic

COUNT = 30
PLACE = Partition("t", 0)


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBus]:
    folder: Path = tmp_path_factory.mktemp("bus")
    with EmbeddedBus(folder) as bus:
        bus.ensure([Topic("t", 1)])
        producer = bus.producer()
        producer.publish([Record("t", b"k", b"%d" % number) for number in range(COUNT)], lambda _error: None)
        producer.close()
        yield bus


def begun(bus: EmbeddedBus) -> Progress:
    found = Progress(bus, "group")
    found.begin(["t"], {0})
    return found


@given(st.lists(st.lists(st.integers(0, COUNT - 1))))
def test_what_is_repeated_or_left_out_is_worked_off_once_and_in_order(
    bus: EmbeddedBus, batches: list[list[int]]
) -> None:
    records, ours = list(read_topic(bus, "t")), begun(bus)
    worked = [one.offset for batch in batches for one in ours.take(records[offset] for offset in batch)]
    reached = max((offset + 1 for batch in batches for offset in batch), default=0)
    assert worked == list(range(reached))
    assert ours.next == {PLACE: reached}
    assert ours.left_out(["t"]) == []
    assert [one.offset for one in ours.left_out(["t"])] == list(range(reached, COUNT))


def test_many_that_were_left_out_are_read_bit_by_bit(bus: EmbeddedBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "MOST", 8)
    *_, last = read_topic(bus, "t")
    ours = begun(bus)
    assert [one.offset for one in ours.take([last])] == list(range(8))
    assert [one.offset for one in ours.read(PLACE, COUNT)] == list(range(8, 16))
    assert [one.offset for one in ours.take([last])] == list(range(16, 24))
    assert [one.offset for one in ours.take([last])] == list(range(24, COUNT))
    assert MOST > COUNT


def test_a_partition_that_is_anothers_is_left_alone(bus: EmbeddedBus) -> None:
    ours = Progress(bus, "group")
    ours.begin(["t"], set())
    assert ours.take(read_topic(bus, "t")) == []
    assert [*ours.left_out(["t"]), *ours.left_out(["t"])] == []
