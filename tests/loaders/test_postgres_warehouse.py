"""PostgreSQL keeps the warehouse contract, through restarts and beside other loaders."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from engine.bus.record import Partition, Position
from engine.loaders.batch import Batch, load_batch
from engine.loaders.event import prepare
from engine.loaders.postgres_warehouse import PostgresWarehouse
from engine.loaders.warehouse import Overtaken, Refused, Unavailable, Warehouse
from tests.canonical.events import event
from tests.contract.warehouse_contract import WarehouseContract
from tests.contract.warehouse_feed import NOW, Feeder
from tests.contract.warehouse_kills import assert_whole, kill_at_random, loader
from tests.rig.postgres import Postgres, fresh_database
from tests.rig.proof import count

LEAVE = (
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)
"""Ends what sessions a test left behind."""


@pytest.fixture
def warehouse(postgres_database: str) -> Iterator[Warehouse]:
    warehouse = PostgresWarehouse(postgres_database)
    warehouse.migrate()
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="module")
def emptied_database(postgres_url: str) -> Iterator[str]:
    """The URL of a database that is made once and emptied for each test, which takes half the time."""
    with fresh_database(postgres_url) as url:
        yield url


class TestPostgresWarehouse(WarehouseContract):
    """All of it."""

    @pytest.fixture
    def warehouse(self, emptied_database: str) -> Iterator[Warehouse]:
        with psycopg.connect(emptied_database) as connection:
            schemas = connection.execute("select nspname from pg_namespace where nspname !~ '^(pg_|information_)'")
            for (name,) in schemas.fetchall():
                connection.execute(f'drop schema "{name}" cascade'.encode())
            connection.execute("create schema public")
        warehouse = PostgresWarehouse(emptied_database)
        warehouse.migrate()
        yield warehouse
        warehouse.close()
        with psycopg.connect(emptied_database) as connection:
            connection.execute(LEAVE)


@pytest.mark.parametrize("body", [{"gender": "\x00"}, {"text": {"div": "a\x00"}}])
def test_text_with_a_nul_is_refused(warehouse: Warehouse, body: dict[str, object]) -> None:
    with pytest.raises(Refused):
        Feeder(warehouse).load(event(1, body))
    Feeder(warehouse).load(event(1, {"gender": "male"}))


def test_killed_loader_leaves_rows_and_offsets_of_one_batch(
    warehouse: Warehouse, postgres_database: str, tmp_path: Path
) -> None:
    opening = (
        "from engine.loaders.postgres_warehouse import PostgresWarehouse\n"
        f"warehouse = PostgresWarehouse({postgres_database!r})"
    )
    child, dice, stood = loader(opening, tmp_path / "loader.log"), random.Random(5), 0
    for _ in range(count(2, 30)):
        kill_at_random(child, dice)
        stood = assert_whole(warehouse, stood)


def test_loaders_of_many_partitions_tell_of_one_resource(warehouse: Warehouse, postgres_database: str) -> None:
    rounds, partitions = 5, [Partition("fhir.patient", number) for number in range(4)]

    def load(partition: Partition) -> None:
        own = PostgresWarehouse(postgres_database)
        for at in range(rounds):
            raw = at * len(partitions) + partition.number
            told = prepare(event(raw, {"gender": f"{raw}", "identifier": [{"system": f"{raw}"}]}))
            batch = Batch([(Position(*partition, at), told)], [], {partition: at} if at else {}, {partition: at + 1})
            with own.transaction() as transaction:
                load_batch(transaction, batch, NOW)
        own.close()

    threads = [threading.Thread(target=load, args=(partition,)) for partition in partitions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warehouse.offsets() == dict.fromkeys(partitions, rounds)
    total = rounds * len(partitions)
    found = warehouse.query("select body ->> 'gender', jsonb_array_length(body -> 'identifier') from current").rows
    assert found == [(f"{total - 1}", total)]


def test_loader_that_waited_for_another_is_overtaken(warehouse: Warehouse, postgres_database: str) -> None:
    began, found = threading.Event(), list[Exception]()

    def load() -> None:
        slow = PostgresWarehouse(postgres_database)
        began.wait()
        try:
            Feeder(slow).load(event(1, {"gender": "female"}))
        except Overtaken as error:
            found.append(error)
        slow.close()

    thread, fast = threading.Thread(target=load), Feeder(warehouse)
    thread.start()
    batch = fast.batch([event(0, {}), event(1, {"gender": "male"})])
    with warehouse.transaction() as transaction:
        began.set()
        load_batch(transaction, batch, NOW)
        thread.join(0.3)
        assert thread.is_alive()
    thread.join()
    assert len(found) == 1
    assert warehouse.offsets() == batch.offsets
    assert warehouse.query("select body ->> 'gender' from current").rows == [("male",)]


def test_many_processes_may_create_the_tables_at_once(postgres_database: str) -> None:
    failed: list[Exception] = []

    def migrate() -> None:
        warehouse = PostgresWarehouse(postgres_database)
        try:
            warehouse.migrate()
        except Exception as error:
            failed.append(error)
        warehouse.close()

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_loading_goes_on_after_a_restart_of_the_server(postgres_server: Postgres) -> None:
    warehouse = PostgresWarehouse(postgres_server.url)
    warehouse.migrate()
    feeder = Feeder(warehouse)
    feeder.load(event(1, {}))
    postgres_server.kill9()
    with pytest.raises(Unavailable):
        feeder.load(event(2, {}))
    with pytest.raises(Unavailable):
        warehouse.counts()
    postgres_server.start()
    assert warehouse.counts()["history"] == 1
    feeder.load(event(2, {}))
    assert warehouse.counts()["history"] == 2
    warehouse.close()


def test_lost_session_is_unavailable_and_leaves_nothing(warehouse: Warehouse, postgres_database: str) -> None:
    feeder = Feeder(warehouse)
    with pytest.raises(Unavailable), warehouse.transaction() as transaction:
        load_batch(transaction, feeder.batch([event(1, {})]), NOW, [lambda *_: _end_others(postgres_database)])
    assert warehouse.counts()["history"] == 0
    feeder.load(event(1, {}))


def test_server_that_only_reads_is_unavailable(warehouse: Warehouse, postgres_database: str) -> None:
    _allow_writing(postgres_database, "off")
    for _ in range(2):
        with pytest.raises(Unavailable):
            Feeder(warehouse).load(event(1, {}))
    _allow_writing(postgres_database, "on")
    with suppress(Unavailable):
        Feeder(warehouse).load(event(1, {}))
    Feeder(warehouse, dict(warehouse.offsets())).load(event(2, {}))


def _allow_writing(url: str, allowed: str) -> None:
    """Let the database's sessions write, or fail over to one that only reads."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = off")
        read_only = "off" if allowed == "on" else "on"
        connection.execute(
            f"alter database {connection.info.dbname} set default_transaction_read_only = {read_only}".encode()
        )
    _end_others(url)


def _end_others(url: str) -> dict[str, int]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )
    return {}
