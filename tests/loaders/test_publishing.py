"""Resources as they are now stand on compacted topics: what the warehouse holds, whatever came in whichever order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import orjson
import pytest

from engine.bus.bus import BusError, Durable
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record, Topic
from engine.canonical.envelope import is_latest
from engine.loaders.currents import Changes
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.publishing import Publishing
from engine.loaders.warehouse import Transaction
from tests.canonical.events import event
from tests.contract.warehouse_feed import Told, receipt
from tests.loaders.stage import loading, prepare_bus, publish, read_topic, records_of, wait_for_end

PATIENTS = "fhir.patient.latest"


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[EmbeddedBus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        prepare_bus(bus)
        bus.ensure([Topic(PATIENTS, 2, compacted=True)])
        yield bus


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[DuckdbWarehouse]:
    warehouse = DuckdbWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.migrate()
    yield warehouse
    warehouse.close()


def newest(bus: EmbeddedBus) -> dict[str, Record]:
    """By key, the last record; compaction would leave no other."""
    return {record.key.decode(): record for record in read_topic(bus, PATIENTS)}


def test_the_newest_record_of_a_resource_is_what_the_warehouse_holds(
    bus: EmbeddedBus, warehouse: DuckdbWarehouse
) -> None:
    told: list[Told] = [
        event(2, {"gender": "female"}),
        receipt(2),
        event(1, {"gender": "male", "birthDate": "1980"}),
        receipt(1),
    ]
    for one in told:
        publish(bus, records_of([one]))
        with loading(bus, warehouse, latest=[PATIENTS]):
            wait_for_end(bus, warehouse)
    rows = warehouse.query("select id, body, version from current where resource_type = 'Patient'").rows
    held = newest(bus)
    assert {row[0]: orjson.loads(row[1]) for row in rows} == {key: orjson.loads(one.value) for key, one in held.items()}
    (record,) = held.values()
    assert orjson.loads(record.value)["gender"] == "female"
    assert record.text("ce_version") == rows[0][2]
    bus.enforce(PATIENTS, 0)
    assert [one.value for one in read_topic(bus, PATIENTS)] == [record.value]


def test_only_types_with_a_topic_are_published(bus: EmbeddedBus, warehouse: DuckdbWarehouse) -> None:
    publish(bus, records_of([event(1, {"status": "planned"}, of="Encounter/e"), receipt(1)]))
    with loading(bus, warehouse, latest=[PATIENTS]):
        wait_for_end(bus, warehouse)
    assert [topic for topic in bus.topics() if is_latest(topic)] == [PATIENTS]
    assert read_topic(bus, PATIENTS) == []


def test_a_resource_of_which_nothing_tells_any_more_has_an_empty_value() -> None:
    kept: list[Record] = []
    publishing = Publishing(Kept(kept.extend), [PATIENTS])
    publishing(None, Changes({("Patient", "p"): None, ("Encounter", "e"): None}), 0)  # type: ignore[arg-type]  # not looked at
    (record,) = kept
    assert (record.key, record.value, record.text("ce_type")) == (b"p", b"", "fhir.Patient.latest")


def test_a_transaction_whose_publishing_fails_is_not_committed_and_done_again(
    bus: EmbeddedBus, warehouse: DuckdbWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([BusError("away"), BusError("away")])
    publishing = Publishing.__call__

    def fail_first(self: Publishing, transaction: Transaction, changes: Changes, now_us: int) -> Mapping[str, int]:
        for error in failures:
            raise error
        return publishing(self, transaction, changes, now_us)

    monkeypatch.setattr(Publishing, "__call__", fail_first)
    publish(bus, records_of([event(1, {"gender": "male"}), receipt(1)]))
    with loading(bus, warehouse, latest=[PATIENTS]):
        wait_for_end(bus, warehouse)
    assert [orjson.loads(one.value)["gender"] for one in newest(bus).values()] == ["male"]
    assert len(warehouse.query("select 1 from history").rows) == 1


class Kept:
    """A producer that keeps what it is handed."""

    def __init__(self, keep: Callable[[Sequence[Record]], None]) -> None:
        self._keep = keep

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        self._keep(records)
        durable(None)

    def flush(self, timeout: float) -> None: ...

    def close(self) -> None: ...
