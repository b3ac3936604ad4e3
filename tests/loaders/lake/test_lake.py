"""The lake keeps the contract of a history, on its two catalogs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table as Iceberg
from pyiceberg.transforms import MonthTransform
from pyiceberg.types import TimestamptzType

from engine.bus.record import Partition
from engine.canonical.resource import Resource
from engine.loaders.event import prepare
from engine.loaders.lake.lake import Lake
from engine.loaders.lake.schema import KEPT, month_of, schema_of
from engine.loaders.rows import history_row
from engine.loaders.tables import HISTORY, Table
from engine.loaders.warehouse import Overtaken, Unavailable
from tests.canonical.events import EPOCH_US, event
from tests.contract.history_contract import HistoryContract
from tests.contract.warehouse_feed import EVENTS, NOW
from tests.loaders.lake.keeping import LakeKeeper, catalog_in, lake_in, rows_of


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return lake_in(tmp_path / "lake")


@pytest.fixture
def keeper(lake: Lake) -> LakeKeeper:
    return LakeKeeper(lake)


class TestLake(HistoryContract):
    """All of it, with a catalog in SQLite."""


class TestLakeWithCatalogInPostgres(HistoryContract):
    """All of it, with a catalog in PostgreSQL."""

    @pytest.fixture
    def keeper(self, postgres_database: str, tmp_path: Path) -> LakeKeeper:
        uri = postgres_database.replace("postgresql://", "postgresql+psycopg://", 1)
        lake = Lake(SqlCatalog("engine", uri=uri, warehouse=f"file://{tmp_path}/files"))
        lake.migrate()
        return LakeKeeper(lake)


def snapshots(lake: Lake) -> int:
    return len(lake.held(HISTORY).snapshots())


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.parquet"))


def append_alone(held: Iceberg) -> None:
    """Make a snapshot as somebody does who knows nothing of offsets."""
    with held.transaction() as transaction, transaction.update_snapshot().fast_append():
        pass


@pytest.mark.parametrize("table", KEPT, ids=lambda table: table.name)
def test_tables_have_the_columns_of_the_warehouse(lake: Lake, table: Table) -> None:
    assert lake.held(table).schema().column_names == list(table.columns)


def test_column_that_is_missing_is_added(tmp_path: Path) -> None:
    columns = {name: kind for name, kind in HISTORY.columns.items() if name != "weak"}
    catalog = catalog_in(tmp_path)
    catalog.create_namespace("engine")
    catalog.create_table("engine.history", schema_of(Table("history", columns, HISTORY.key)))
    lake_in(tmp_path)
    assert set(catalog.load_table("engine.history").schema().column_names) == set(HISTORY.columns)


def test_rows_are_read_back_as_they_were_loaded(lake: Lake, keeper: LakeKeeper) -> None:
    keeper.load(event(1, {"name": [{"family": "Nguyễn"}]}, deleted=("birthDate",)))
    ((raw, facility, body, deleted, received),) = rows_of(
        lake, HISTORY, "raw_offset, facility, body, deleted, epoch_us(received)"
    )
    assert (raw, facility, deleted, received) == (1, "79014", "birthDate", EPOCH_US + 1)
    assert orjson.loads(body) == {"name": [{"family": "Nguyễn"}]}


def test_each_month_has_files_of_its_own_and_others_are_not_read(lake: Lake, keeper: LakeKeeper) -> None:
    keeper.load(*(told_in(month, raw) for raw, month in enumerate((1, 2, 2, 3))))
    assert len(list(lake.held(HISTORY).scan().plan_files())) == 3
    february = "received >= '2026-02-01T00:00:00+00:00' and received < '2026-03-01T00:00:00+00:00'"
    (task,) = lake.held(HISTORY).scan(row_filter=february).plan_files()
    assert task.file.record_count == 2


def told_in(month: int, raw: int) -> Resource:
    """An event received in that month of 2026."""
    told = event(raw, {})
    received = int(datetime(2026, month, 15, tzinfo=UTC).timestamp()) * 1_000_000
    return told._replace(origin=told.origin._replace(received_us=received))


@pytest.mark.parametrize(
    ("moment", "month"), [("1970-01-31", 0), ("1970-02-01", 1), ("2026-01-01", 672), ("2026-12-31T23:59:59", 683)]
)
def test_months_are_counted_as_iceberg_does(moment: str, month: int) -> None:
    microseconds = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * 1_000_000
    assert month_of(microseconds) == month
    theirs: Callable[[Any], Any] = MonthTransform().transform(TimestamptzType())
    assert theirs(microseconds) == month


def test_two_writers_of_one_partition_add_its_rows_once(lake: Lake, keeper: LakeKeeper) -> None:
    outcomes = together([partial(keeper.load, event(1, {}), believes={})] * 4)
    assert sorted(outcomes) == ["Overtaken", "Overtaken", "Overtaken", "loaded"]
    assert len(rows_of(lake, HISTORY)) == 1


def test_writers_of_other_partitions_wait_for_each_other(lake: Lake) -> None:
    rounds, writers = 3, 3

    def write(number: int) -> None:
        at = Partition("fhir.patient", number)
        for offset in range(rounds):
            row = history_row(prepare(event(number * rounds + offset, {})), NOW)
            lake.append(HISTORY, [row], {at: offset} if offset else {}, {at: offset + 1})

    assert together([partial(write, number) for number in range(writers)]) == ["loaded"] * writers
    assert lake.offsets() == {Partition("fhir.patient", number): rounds for number in range(writers)}
    assert sorted(row[0] for row in rows_of(lake, HISTORY, "raw_offset")) == list(range(rounds * writers))


def together(works: Sequence[Callable[[], None]]) -> list[str]:
    """Do all at once; what came of each."""

    def run(work: Callable[[], None]) -> str:
        try:
            work()
        except Overtaken:
            return "Overtaken"
        return "loaded"

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def test_overtaken_writer_leaves_no_files(lake: Lake, keeper: LakeKeeper, tmp_path: Path) -> None:
    keeper.load(event(1, {}))
    before = files(tmp_path)
    together([partial(keeper.load, event(2, {}), believes={EVENTS: 1})] * 3)
    assert len(files(tmp_path)) == len(before) + 1


def test_snapshots_of_others_change_nothing_of_where_the_lake_stands(lake: Lake, keeper: LakeKeeper) -> None:
    keeper.load(event(1, {}))
    append_alone(lake.held(HISTORY))
    assert lake.offsets()[EVENTS] == 1
    keeper.load(event(2, {}))
    assert lake.offsets()[EVENTS] == 2
    assert len(rows_of(lake, HISTORY)) == 2


def test_table_that_was_rolled_back_is_filled_again_from_there(lake: Lake, keeper: LakeKeeper) -> None:
    keeper.load(event(1, {}))
    first = lake.held(HISTORY).current_snapshot()
    keeper.load(event(2, {}))
    assert first is not None
    lake.held(HISTORY).manage_snapshots().rollback_to_snapshot(first.snapshot_id).commit()
    assert keeper.offsets() == {EVENTS: 1}
    keeper.load(event(2, {}))
    assert sorted(row[0] for row in rows_of(lake, HISTORY, "raw_offset")) == [1, 2]


def test_table_that_does_not_say_where_it_stands_takes_nothing(lake: Lake, keeper: LakeKeeper) -> None:
    append_alone(lake.held(HISTORY))
    with pytest.raises(Unavailable, match="says where it stands"):
        keeper.load(event(1, {}), believes={})


def test_lake_that_is_away_is_unavailable(lake: Lake, keeper: LakeKeeper, tmp_path: Path) -> None:
    keeper.load(event(1, {}))
    (tmp_path / "lake" / "catalog.db").rename(tmp_path / "away")
    with pytest.raises(Unavailable):
        keeper.load(event(2, {}), believes={EVENTS: 1})
    (tmp_path / "lake" / "catalog.db").unlink(missing_ok=True)
    (tmp_path / "away").rename(tmp_path / "lake" / "catalog.db")
    keeper.load(event(2, {}))
    assert lake.offsets()[EVENTS] == 2
