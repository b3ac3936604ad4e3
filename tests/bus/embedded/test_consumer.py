"""The embedded bus's consumer: fair, soon awake, and not beyond its memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from threading import Thread

import pytest

from engine.bus.embedded import member, view
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.embedded.groups import Groups, Member
from engine.bus.record import Partition, Record, Topic
from tests.contract.bus_drive import LONG, Ears, consuming, drain, hold, numbered, producing, publish


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "bus"


@pytest.fixture
def bus(home: Path) -> Iterator[EmbeddedBus]:
    with EmbeddedBus(home, lease=1.0) as bus:
        bus.ensure([Topic("t", 6), Topic("other", 1)])
        yield bus


def test_a_busy_partition_starves_no_other(bus: EmbeddedBus) -> None:
    publish(bus, numbered("t", range(600)) + numbered("other", range(600)))
    with consuming(bus, "g", ["t", "other"]) as consumer:
        polls = [consumer.poll(20, 1.0) for _ in range(14)]
    assert len({record.position[:2] for records in polls for record in records}) == 7


def test_large_values_make_smaller_batches(bus: EmbeddedBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "MOST_BYTES", 250)
    publish(bus, [Record("other", b"k", b"x" * 100) for _ in range(7)])
    with consuming(bus, "g", ["other"]) as consumer:
        assert [len(consumer.poll(100, 1.0)) for _ in range(3)] == [3, 3, 1]


def test_a_waiting_consumer_is_soon_awake(bus: EmbeddedBus) -> None:
    assert any(median(waits(bus)) < 0.03 for _ in range(5))  # the machine may be busy


def waits(bus: EmbeddedBus) -> list[float]:
    """Seconds from a record's being durable to its being read, some times."""
    waited: list[float] = []
    with producing(bus) as producer, consuming(bus, "g", ["t"]) as consumer:
        consumer.poll(1, 0.1)
        for _ in range(15):
            sent: list[float] = []

            def send(sent: list[float] = sent) -> None:
                time.sleep(0.03)
                producer.publish([Record("t", b"k", b"v")], lambda _: sent.append(time.monotonic()))

            thread = Thread(target=send)
            thread.start()
            assert len(consumer.poll(10, LONG)) == 1
            woken = time.monotonic()
            thread.join()
            producer.flush(LONG)
            waited.append(woken - sent[0])
    return waited


def test_a_consumer_that_polls_no_more_loses_its_partitions(bus: EmbeddedBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member, "MOST_SILENT", 0.2)
    with consuming(bus, "g", ["t"]) as stuck, consuming(bus, "g", ["t"]) as other:
        stuck.poll(1, 0.01)
        hold([other], [6])


def test_a_consumer_that_is_closed_is_followed_long_before_its_lease_is_over(tmp_path: Path) -> None:
    with EmbeddedBus(tmp_path / "patient", lease=60.0) as bus:
        bus.ensure([Topic("t", 6)])
        with consuming(bus, "g", ["t"]) as one:
            hold([one], [6])
        with consuming(bus, "g", ["t"]) as two:
            two.poll(1, 0.01)
            assert len(two.assigned()) == 6


def test_long_work_between_polls_costs_no_partition(bus: EmbeddedBus) -> None:
    with consuming(bus, "g", ["t"]) as busy, consuming(bus, "g", ["t"]) as other:
        hold([busy, other], [3, 3])
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            other.poll(1, 0.05)
        assert len(other.assigned()) == 3


def test_leases_of_before_the_machine_started_are_free(bus: EmbeddedBus, home: Path) -> None:
    groups = Groups(home / "groups.db", 1.0)
    groups.settle(Member("g", "before"), {"t": 6})
    with groups._file.transaction() as connection:
        connection.execute("UPDATE members SET beat = beat + 1000000")
    groups.close()
    with consuming(bus, "g", ["t"]) as consumer:
        hold([consumer], [6])


def test_a_lease_that_ran_out_unnoticed_is_begun_anew_where_the_group_committed(bus: EmbeddedBus, home: Path) -> None:
    publish(bus, [Record("other", b"k", b"%d" % number) for number in range(10)])
    with consuming(bus, "g", ["other"]) as consumer:
        assert len(drain(consumer, 10)) == 10
        consumer.commit({Partition("other", 0): 6})
        groups = Groups(home / "groups.db", 1.0)
        with groups._file.transaction() as connection:
            connection.execute("UPDATE members SET beat = beat - 100")
        groups.close()
        assert [record.offset for record in drain(consumer, 4)] == [6, 7, 8, 9]


def test_an_idle_consumer_takes_little_of_the_processor(bus: EmbeddedBus) -> None:
    with consuming(bus, "g", ["t", "other"]) as consumer:
        consumer.poll(1, 0.1)
        assert any(cpu_seconds(lambda: consumer.poll(1, 1.0)) < 0.2 for _ in range(3))


def cpu_seconds(act: Callable[[], object]) -> float:
    before = time.process_time()
    act()
    return time.process_time() - before


def test_the_producer_need_not_wait_for_readers(bus: EmbeddedBus) -> None:
    publish(bus, numbered("t", range(100)))
    records = bus.read(Partition("t", 0), 0, 100)
    next(records)
    with producing(bus) as producer:
        producer.publish(numbered("t", range(10)), Ears())
        producer.flush(5)
