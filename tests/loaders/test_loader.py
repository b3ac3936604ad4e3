from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bus.bus import Bus
from engine.bus.embedded.bus import EmbeddedBus
from engine.canonical import dead
from engine.canonical.dead import Reason
from engine.loaders import loader
from engine.loaders.duckdb_tables import DuckdbTransaction
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.loader import GROUP
from engine.loaders.postgres_warehouse import PostgresWarehouse
from engine.loaders.tables import OFFSETS
from engine.loaders.warehouse import Unavailable, Warehouse
from tests.canonical.events import event
from tests.contract.warehouse_feed import Feeder, Told, feeds, receipt
from tests.contract.warehouse_loading import bodies, empty
from tests.contract.warehouse_view_tables import make_views, viewed
from tests.loaders.stage import TOPICS, Heard, loading, prepare_bus, publish, read_topic, records_of, wait_for_end
from tests.rig.postgres import Postgres
from tests.rig.process import wait_until
from tests.rig.proof import count


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        prepare_bus(bus)
        yield bus


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[DuckdbWarehouse]:
    warehouse = DuckdbWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.migrate()
    yield warehouse
    warehouse.close()


TOLD: list[Told] = [
    event(1, {"gender": "male"}),
    event(1, {"status": "planned"}, of="Encounter/e", index=1),
    receipt(1, 2),
    event(2, {"gender": "female"}),
    receipt(2),
]


def test_events_and_receipts_reach_the_warehouse(bus: Bus, warehouse: Warehouse) -> None:
    publish(bus, records_of(TOLD))
    with loading(bus, warehouse) as heard:
        wait_for_end(bus, warehouse)
    assert bodies(warehouse) == {"p": {"gender": "female"}, "e": {"status": "planned"}}
    assert sum(batch.rows["history"] for batch in heard.batches) == 3
    assert heard.reasons == []


def test_bus_is_told_where_the_warehouse_stands(bus: Bus, warehouse: Warehouse) -> None:
    publish(bus, records_of(TOLD))
    with loading(bus, warehouse):
        wait_for_end(bus, warehouse)
    told = {at: offset for topic in TOPICS for at, offset in bus.committed(GROUP, topic).items()}
    assert told == warehouse.offsets()


def test_new_loader_goes_on_where_the_warehouse_stands(bus: Bus, warehouse: Warehouse) -> None:
    publish(bus, records_of(TOLD[:3]))
    with loading(bus, warehouse, group="first"):
        wait_for_end(bus, warehouse)
    publish(bus, records_of(TOLD[3:]))
    with loading(bus, warehouse, group="second") as heard:
        wait_for_end(bus, warehouse)
    assert sum(batch.rows["history"] for batch in heard.batches) == 1
    assert warehouse.counts()["history"] == 3


def test_empty_warehouse_is_filled_from_the_oldest_event_again(bus: Bus, warehouse: Warehouse) -> None:
    publish(bus, records_of(TOLD))
    digests = []
    for _ in range(2):
        empty(warehouse)
        with loading(bus, warehouse):
            wait_for_end(bus, warehouse)
        digests.append(warehouse.digest())
    assert digests[0] == digests[1]


def test_event_that_cannot_be_read_becomes_a_dead_letter(bus: Bus, warehouse: Warehouse) -> None:
    good, bad = records_of([event(1, {"gender": "male"}), event(2, {"gender": "female"})])
    broken = bad._replace(value=b'{"gender": "fem')
    publish(bus, [broken, good, good._replace(topic="receipts", value=b"[]")])
    with loading(bus, warehouse) as heard:
        wait_for_end(bus, warehouse)
    assert bodies(warehouse) == {"p": {"gender": "male"}}
    letters = {letter.text("dead_where"): letter for letter in read_topic(bus, dead.TOPIC)}
    assert letters.keys() == {"fhir.patient", "receipts"}
    letter = letters["fhir.patient"]
    assert (letter.value, letter.text("dead_reason"), letter.text("dead_stage")) == (broken.value, "LOAD", "load")
    assert letter.text("dead_detail") == "cannot be read (JSONDecodeError)"
    assert letter.text("dead_raw") == "hl7.raw/0/2"
    assert heard.reasons == [Reason.LOAD, Reason.LOAD]


@pytest.mark.parametrize("place", [0, 5, 19])
def test_refused_event_alone_becomes_a_dead_letter(bus: Bus, warehouse: Warehouse, place: int) -> None:
    index = {place: 1 << 40}
    publish(bus, records_of(event(raw, {}, of=f"Patient/{raw}", index=index.get(raw, 0)) for raw in range(20)))
    with loading(bus, warehouse):
        wait_for_end(bus, warehouse)
    assert {int(identity) for identity in bodies(warehouse)} == set(range(20)) - {place}
    (letter,) = read_topic(bus, dead.TOPIC)
    assert letter.text("dead_raw") == f"hl7.raw/0/{place}"
    assert letter.text("dead_detail") == "DuckDB does not take a value (ConversionException)"


def test_refused_and_unreadable_events_hold_up_no_batch_of_their_poll(
    bus: Bus, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "BATCH", 3)
    records = records_of(event(raw, {}, of=f"Patient/{raw}", index=(raw == 7) << 40) for raw in range(24))
    records[13] = records[13]._replace(value=b"")
    publish(bus, records)
    with loading(bus, warehouse) as heard:
        wait_for_end(bus, warehouse)
    assert len(heard.batches) > 24 // 3
    assert {int(identity) for identity in bodies(warehouse)} == set(range(24)) - {7, 13}
    assert {letter.text("dead_raw") for letter in read_topic(bus, dead.TOPIC)} == {"hl7.raw/0/7", "hl7.raw/0/13"}


def test_batches_of_a_transaction_that_failed_are_all_loaded_again(
    bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "BATCH", 1)
    warehouse = Failing(tmp_path / "failing.duckdb")
    warehouse.before = 0
    warehouse.migrate()
    publish(bus, records_of(event(raw, {}, of=f"Patient/{raw}") for raw in range(20)))
    with loading(bus, warehouse) as heard:
        wait_for_end(bus, warehouse)
    assert 0 < sum(batch.rows["history"] for batch in heard.batches) <= 20 - 2 * Failing.after
    assert warehouse.counts()["history"] == 20
    warehouse.close()


class Failing(DuckdbWarehouse):
    """Fails so many times: before anything is written, and then after the commit, so that its answer is lost."""

    before = 2
    after = 2

    @contextmanager
    def transaction(self) -> Iterator[DuckdbTransaction]:
        if self.before:
            self.before -= 1
            raise Unavailable("not now")
        with super().transaction() as transaction:
            yield transaction
        if self.after:
            self.after -= 1
            raise Unavailable("answer lost")


def test_failed_and_unanswered_transactions_load_everything_once(bus: Bus, tmp_path: Path) -> None:
    warehouse = Failing(tmp_path / "failing.duckdb")
    warehouse.migrate()
    broken = records_of(TOLD)[0]._replace(value=b"")
    publish(bus, [broken, *records_of(TOLD)])
    with loading(bus, warehouse) as heard:
        wait_for_end(bus, warehouse)
        publish(bus, records_of([event(3, {"active": True})]))
        wait_for_end(bus, warehouse)
    assert (warehouse.before, warehouse.after) == (0, 0)
    assert warehouse.counts()["history"] == 4
    assert bodies(warehouse)["p"] == {"gender": "female", "active": True}
    assert heard.reasons == [Reason.LOAD]
    warehouse.close()


def test_loader_reads_again_what_a_restored_warehouse_lost(bus: Bus, postgres_database: str) -> None:
    warehouse, restored = PostgresWarehouse(postgres_database), PostgresWarehouse(postgres_database)
    warehouse.migrate()
    publish(bus, records_of(TOLD))
    with loading(bus, warehouse):
        wait_for_end(bus, warehouse)
        empty(restored)
        publish(bus, records_of([event(3, {"active": True})]))
        wait_for_end(bus, warehouse)
    assert bodies(warehouse) == {"p": {"gender": "female", "active": True}, "e": {"status": "planned"}}
    warehouse.close()
    restored.close()


@settings(max_examples=count(5, 100), suppress_health_check=list(HealthCheck))
@given(told=feeds(), data=st.data())
def test_two_loaders_that_know_nothing_of_each_other_leave_what_one_does(
    bus: Bus, postgres_database: str, told: list[Told], data: st.DataObject
) -> None:
    first, second = PostgresWarehouse(postgres_database), PostgresWarehouse(postgres_database)
    first.migrate()
    empty(first)
    mark = {at: span.next for topic in TOPICS for at, span in bus.spans(topic).items()}
    publish(bus, records_of(data.draw(st.permutations(told))))
    with first.transaction() as transaction:
        transaction.insert(OFFSETS, [(*at, offset) for at, offset in mark.items()])
    with loading(bus, first, group="one"), loading(bus, second, group="other"):
        wait_for_end(bus, first)
    both = first.digest()
    empty(first)
    Feeder(first).load(*told)
    assert first.digest() == both
    first.close()
    second.close()


def test_loading_goes_on_after_postgres_was_killed(bus: Bus, postgres_server: Postgres) -> None:
    warehouse = PostgresWarehouse(postgres_server.url)
    warehouse.migrate()
    heard, views = Heard(), make_views(warehouse)
    with loading(bus, warehouse, heard, views=[views]):
        for round_ in range(count(2, 20)):
            told = [event(raw, {"gender": f"{raw}"}) for raw in range(round_ * 100, round_ * 100 + 100)]
            publish(bus, records_of(told))
            wait_until(lambda: bool(heard.batches), "a batch")
            heard.batches.clear()
            postgres_server.kill9()
            publish(bus, records_of([event(round_ * 100 + 50, {}, of="Encounter/e", index=1)]))
            postgres_server.start()
        wait_for_end(bus, warehouse)
    assert warehouse.counts()["history"] == (round_ + 1) * 101
    assert bodies(warehouse)["p"] == {"gender": f"{round_ * 100 + 99}"}
    wanted = viewed(warehouse)
    assert {name: digest for name, digest in warehouse.digest().items() if name in wanted} == wanted
    assert warehouse.query("select resource_id, gender from people").rows == [("p", f"{round_ * 100 + 99}")]
    warehouse.close()
