"""DuckDB keeps the warehouse contract."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.warehouse import QueryRefused, Unavailable, Warehouse
from tests.canonical.events import event
from tests.contract.warehouse_contract import WarehouseContract
from tests.contract.warehouse_feed import Feeder
from tests.contract.warehouse_kills import assert_whole, kill_at_random, loader
from tests.rig.proof import count


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def warehouse(path: Path) -> Iterator[Warehouse]:
    warehouse = DuckdbWarehouse(path)
    warehouse.migrate()
    yield warehouse
    warehouse.close()


class TestDuckdbWarehouse(WarehouseContract):
    """All of it."""


def test_rows_outlive_a_close(path: Path) -> None:
    for round_ in range(3):
        warehouse = DuckdbWarehouse(path)
        warehouse.migrate()
        assert warehouse.counts()["history"] == round_
        Feeder(warehouse, dict(warehouse.offsets())).load(event(round_, {}))
        warehouse.close()


def test_killed_loader_leaves_rows_and_offsets_of_one_batch(path: Path, tmp_path: Path) -> None:
    opening = (
        "from pathlib import Path\n"
        "from engine.loaders.duckdb_warehouse import DuckdbWarehouse\n"
        f"warehouse = DuckdbWarehouse(Path({str(path)!r}))\n"
        "warehouse.migrate()"
    )
    child, dice, stood = loader(opening, tmp_path / "loader.log"), random.Random(5), 0
    for _ in range(count(3, 30)):
        kill_at_random(child, dice)
        warehouse = DuckdbWarehouse(path)
        stood = assert_whole(warehouse, stood)
        warehouse.close()


def test_file_that_another_process_holds_cannot_be_opened(warehouse: Warehouse, path: Path) -> None:
    code = f"from engine.loaders.duckdb_warehouse import *\nDuckdbWarehouse(Path({str(path)!r}))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=False)
    assert "Unavailable: the warehouse cannot be opened" in done.stderr
    assert "is another process using it?" in done.stderr


def test_file_that_is_no_warehouse_cannot_be_opened(path: Path) -> None:
    path.write_text("no database" * 1000)
    with pytest.raises(Unavailable, match="cannot be opened"):
        DuckdbWarehouse(path)


def test_read_only_warehouse_answers_and_takes_nothing(warehouse: Warehouse, path: Path) -> None:
    Feeder(warehouse).load(event(1, {}))
    warehouse.close()
    reader = DuckdbWarehouse(path, read_only=True)
    assert reader.counts()["current"] == 1
    assert len(reader.query("select * from history").rows) == 1
    reader.close()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "select * from glob('/*')",
        "copy current to '/tmp/current.csv'",
        "attach '/tmp/other.duckdb' as other",
        "set memory_limit = '1GB'",
        "install httpfs",
        "select * from TABLES",
        "pragma database_list",
    ],
)
def test_query_reaches_nothing_beside_the_tables(warehouse: Warehouse, sql: str) -> None:
    with pytest.raises(QueryRefused):
        warehouse.query(sql)


@pytest.mark.parametrize(
    "sql", ["describe current", "show tables", "explain select 1", "from current", "summarize current"]
)
def test_tables_can_be_looked_into(warehouse: Warehouse, sql: str) -> None:
    assert warehouse.query(sql).columns
