"""Decisions about persons reach the warehouse once, whoever reads them and however often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.bus.bus import Bus
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Partition, Record, Topic
from engine.loaders import person_decisions
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.person_decisions import Deciding
from engine.persons.decision import TOPIC, decode, encode
from tests.contract.warehouse_persons import PERSONS, feeder, patient, people, told_apart
from tests.loaders.stage import publish


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic(TOPIC, partitions=1)])
        yield bus


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[DuckdbWarehouse]:
    with closing(DuckdbWarehouse(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.migrate()
        feeder(warehouse).load(*(patient(raw, name) for raw, name in enumerate("abc")))
        yield warehouse


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person_decisions, "LOOK", 0)


def said(one: str, other: str, *, together: bool = True) -> Record:
    return encode(one, other, together, "anna", 1, "seen")


def test_decision_reads_as_it_was_written(bus: Bus) -> None:
    publish(bus, [said("b", "a")])
    (record,) = bus.read(Partition(TOPIC, 0), 0, 1)
    decision = decode(record)
    assert decision == ((record.position, "a", "b", True), "anna", 1, "seen")


def test_decisions_are_taken_in_their_order(bus: Bus, warehouse: DuckdbWarehouse) -> None:
    deciding = Deciding(bus, warehouse, PERSONS)
    publish(bus, [said("a", "b"), said("b", "c")])
    deciding.take()
    assert told_apart(warehouse) == people("abc")
    publish(bus, [said("b", "a", together=False)])
    deciding.take()
    assert told_apart(warehouse) == people("a", "bc")
    assert warehouse.offsets()[Partition(TOPIC, 0)] == 3


def test_decision_is_stored_once_though_two_read_it(bus: Bus, warehouse: DuckdbWarehouse) -> None:
    first, second = Deciding(bus, warehouse, PERSONS), Deciding(bus, warehouse, PERSONS)
    second.take()
    publish(bus, [said("a", "b")])
    first.take()
    second.take()
    Deciding(bus, warehouse, PERSONS).take()
    assert len(warehouse.query("select * from person_decisions").rows) == 1


def test_record_that_is_no_decision_is_passed_over(bus: Bus, warehouse: DuckdbWarehouse) -> None:
    publish(bus, [Record(TOPIC, b"", b"{}"), said("a", "b")])
    Deciding(bus, warehouse, PERSONS).take()
    assert told_apart(warehouse) == people("ab", "c")
