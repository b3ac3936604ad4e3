"""The account of what was received lately: taken again and again, written by the loader, told by metrics."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.bus.bus import Bus
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Partition, Topic
from engine.canonical import raw
from engine.canonical.raw import Raw
from engine.loaders import evidence
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.evidence import find_starts, take_account
from engine.loaders.loader import Loader
from engine.loaders.reckoning import HOUR_US, Pace, Reckoning
from engine.loaders.reconcile import Counts
from engine.loaders.warehouse import Unavailable, Warehouse
from tests.canonical.events import EPOCH_US
from tests.loaders.stage import Heard, prepare_bus, publish
from tests.rig.process import wait_until

GROUP = "transformer"
HOURS = 6


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        prepare_bus(bus)
        yield bus


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    warehouse = DuckdbWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.migrate()
    yield warehouse
    warehouse.close()


def receive(bus: Bus) -> None:
    """Ten messages an hour, of one subject, through some hours."""
    times = [EPOCH_US + hour * HOUR_US + minute for hour in range(HOURS) for minute in range(10)]
    made = [Raw(f"{at}", b"MSH|", "79014", "5f" * 16, f"{at}", "ADT^A01", at, "mllp") for at in times]
    publish(bus, [raw.encode(one) for one in made])


def reckoning(bus: Bus, warehouse: Warehouse, told: list[Counts], every: float = 0, back: int = 2) -> Reckoning:
    now = EPOCH_US + HOURS * HOUR_US
    return Reckoning(bus, warehouse, GROUP, Pace(every, back * HOUR_US), lambda: now, told.append)


def test_an_account_goes_back_as_far_as_it_is_told_to(
    bus: Bus, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "LATE_US", 0)
    receive(bus)
    for hours in range(HOURS + 1):
        since = EPOCH_US + hours * HOUR_US
        lines = take_account(bus, warehouse, GROUP, since).lines
        assert sum(line.counts.received for line in lines) == 10 * (HOURS - hours)


@pytest.mark.parametrize("step", [1, 7])
def test_where_it_begins_is_sought_from_what_is_known(bus: Bus, step: int) -> None:
    receive(bus)
    spans = bus.spans(raw.TOPIC)
    (full,) = [partition for partition, span in spans.items() if span.next]
    starts: dict[Partition, int] = {}
    for minute in range(0, 10 * HOURS, step):
        hour, rest = divmod(minute, 10)
        found = find_starts(bus, spans, EPOCH_US + hour * HOUR_US + rest, starts)
        assert found[full] == starts[full] == minute


def test_what_was_found_is_written_once_by_who_writes(bus: Bus, warehouse: Warehouse) -> None:
    told: list[Counts] = []
    receive(bus)
    one = reckoning(bus, warehouse, told)
    one.take()
    assert warehouse.counts()["reconciliation"] == 0
    for _ in range(2):
        one.write()
        found = warehouse.query("select sum(received), sum(in_flight), count(*) from reconciliation").rows
        assert found == [(20, 20, 2)]
    assert told == [Counts(received=20, in_flight=20)]


def test_a_loader_writes_the_account_between_batches(bus: Bus, warehouse: Warehouse) -> None:
    receive(bus)
    told: list[Counts] = []
    one = reckoning(bus, warehouse, told, every=0.05)
    stop, failed = threading.Event(), iter([True])

    def write() -> None:
        if next(failed, False):
            raise Unavailable("not now")
        one.write()

    with one.running(), closing(bus.producer()) as producer:
        loader = Loader(bus, producer, warehouse, ["receipts"], lambda: EPOCH_US, Heard(), between=write)
        working = threading.Thread(target=loader.run, args=(stop,))
        working.start()
        wait_until(lambda: warehouse.counts()["reconciliation"] == 2, "the account")
        stop.set()
        working.join(30)
    assert len(told) >= 1


def test_an_account_is_never_taken_where_that_is_said(bus: Bus, warehouse: Warehouse) -> None:
    told: list[Counts] = []
    with reckoning(bus, warehouse, told, every=0).running():
        assert told == []


def test_on_kafka_the_place_where_it_begins_is_found_too(
    kafka_bootstrap: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "TOPIC", f"{topic_prefix}{raw.TOPIC}")
    with KafkaBus(kafka_bootstrap) as bus:
        bus.ensure([Topic(raw.TOPIC, partitions=1)])
        receive(bus)
        found = find_starts(bus, bus.spans(raw.TOPIC), EPOCH_US + 3 * HOUR_US + 4)
        assert found == {Partition(raw.TOPIC, 0): 34}
