"""History in PostgreSQL is divided by month, and what was there before it was stays where it is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from engine.canonical.resource import Resource
from engine.loaders.event import prepare
from engine.loaders.migrations import LEDGER, migrations_of
from engine.loaders.postgres_warehouse import ENGINE, PostgresWarehouse
from engine.loaders.rows import history_row
from engine.loaders.tables import HISTORY, Row
from engine.loaders.warehouse import Unavailable, Warehouse
from tests.canonical.events import event
from tests.contract.warehouse_feed import NOW, Feeder, receipt

DIVIDED = 3
"""The number of the change that divides history."""


@pytest.fixture
def warehouse(postgres_database: str) -> Iterator[Warehouse]:
    warehouse = PostgresWarehouse(postgres_database)
    warehouse.migrate()
    yield warehouse
    warehouse.close()


def received(raw: int, moment: str) -> Resource:
    """An event of a message that was received then (UTC)."""
    told = event(raw, {"gender": f"{raw}"}, of=f"Patient/{raw}")
    seconds = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())
    return told._replace(origin=told.origin._replace(received_us=seconds * 1_000_000))


def partitions(url: str) -> dict[str, int]:
    """The rows of each partition."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("select tableoid::regclass::text, count(*) from history group by 1").fetchall()
    return dict(rows)


def held(url: str) -> list[Row]:
    """What history holds."""
    with psycopg.connect(url) as connection:
        return connection.execute("select * from history order by raw_offset").fetchall()


def test_each_month_has_a_partition(warehouse: Warehouse, postgres_database: str) -> None:
    feeder = Feeder(warehouse)
    feeder.load(received(1, "2026-01-31T23:59:59"), received(2, "2026-02-01T00:00:00"))
    feeder.load(received(3, "2026-12-31T23:59:59"), received(4, "2027-01-01T00:00:00"))
    feeder.load(received(5, "2026-02-28T12:00:00"))
    assert partitions(postgres_database) == {
        "history_2026_01": 1,
        "history_2026_02": 2,
        "history_2026_12": 1,
        "history_2027_01": 1,
    }


def test_event_is_found_again_in_whichever_month_it_stands(warehouse: Warehouse, postgres_database: str) -> None:
    feeder = Feeder(warehouse)
    told = received(1, "2026-01-31T23:59:59"), received(2, "2026-02-01T00:00:00")
    feeder.load(*told)
    assert feeder.load(*told).rows["history"] == 0
    feeder.load(receipt(1, 0, generation=2), receipt(2, 0, generation=2))
    assert warehouse.counts()["current"] == 0


def test_partition_that_is_lost_with_its_transaction_is_made_again(
    warehouse: Warehouse, postgres_database: str
) -> None:
    feeder = Feeder(warehouse, follows=[lambda *_: {"nothing": 1 // 0}])
    with pytest.raises(ZeroDivisionError):
        feeder.load(received(1, "2026-01-31T23:59:59"))
    feeder.follows = ()
    feeder.load(received(1, "2026-01-31T23:59:59"))
    assert partitions(postgres_database) == {"history_2026_01": 1}


def test_partition_that_somebody_dropped_is_made_again(warehouse: Warehouse, postgres_database: str) -> None:
    feeder = Feeder(warehouse)
    feeder.load(received(1, "2026-01-31T23:59:59"))
    with psycopg.connect(postgres_database) as connection:
        connection.execute("drop table history_2026_01")
    with pytest.raises(Unavailable):
        feeder.load(received(2, "2026-01-31T23:59:59"))
    feeder.load(received(2, "2026-01-31T23:59:59"))
    assert partitions(postgres_database) == {"history_2026_01": 1}


def test_history_that_was_not_divided_becomes_the_months_before(postgres_database: str) -> None:
    told = received(1, "2025-11-30T23:00:00"), received(2, "2026-01-15T00:00:00")
    with psycopg.connect(postgres_database) as connection:
        connection.execute(LEDGER.encode())
        for change in migrations_of(ENGINE)[: DIVIDED - 1]:
            connection.execute(change.sql.encode())
            connection.execute("insert into migrations values (%s, %s)", [change.number, change.name])
        _insert(connection, told)
    warehouse = PostgresWarehouse(postgres_database)
    before = held(postgres_database)
    for _ in range(2):
        warehouse.migrate()
        assert held(postgres_database) == before
    later = received(2, "2026-01-15T00:00:00"), received(3, "2024-01-01T00:00:00"), received(4, "2026-02-01T00:00:00")
    Feeder(warehouse).load(*later)
    assert partitions(postgres_database) == {"history_before_2026_02": 3, "history_2026_02": 1}
    warehouse.close()


def _insert(connection: psycopg.Connection[Row], told: Iterable[Resource]) -> None:
    """Write history and the messages' standings as they were written before."""
    for one in told:
        *values, received_us, now_us = history_row(prepare(one), NOW)
        times = [datetime.fromtimestamp(moment / 1_000_000, UTC) for moment in (received_us, now_us)]
        marks = ", ".join(["%s"] * len(HISTORY.columns))
        connection.execute(f"insert into history values ({marks})".encode(), [*values, *times])
        standing = [one.origin.message_key, *one.origin.raw, 1]
        connection.execute("insert into messages values (%s, %s, %s, %s, %s)", standing)
