"""Rows of history, current and views that a second loads, beside the loader that one writes first.

    python -m benchmarks loading

Both read the same records of the bus, in turns, round by round, and fill the same tables; on PostgreSQL it is checked
that they hold the same in the end. The engine works as its loader does, in batches of 8,000 records, two of them in a
transaction, and reads one while the warehouse writes the one before; the other upserts by `executemany`, 500 rows a
commit. The same upserts of finished rows stand beside, which read and decode nothing.
On DuckDB upserts are so slow that they get but the first rows of a round. A ratio is the median of those within one.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psycopg
from psycopg.sql import SQL, Composable, Identifier

from benchmarks.loader import EPOCH_US, records
from benchmarks.table import Figure, Table
from benchmarks.upserts import Upsert, duckdb_upserts, postgres_upserts, puts
from engine.bus.record import Partition, Record
from engine.config.settings import ROOT
from engine.language.garbage import uncollected
from engine.loaders import tables
from engine.loaders.batch import load_batch
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.evolution import apply
from engine.loaders.loader import BATCH, TOGETHER
from engine.loaders.postgres_warehouse import PostgresWarehouse
from engine.loaders.reading import read
from engine.loaders.standing import plan_views
from engine.loaders.view_rows import ViewRows
from engine.loaders.view_tables import ViewTable, load_view_tables
from engine.loaders.warehouse import Warehouse
from tests.rig.postgres import Postgres

ROUNDS = 5
RECORDS = 2 * TOGETHER * BATCH
"""Records of a round: two transactions."""
DUCKDB_UPSERTS = 1_000
VIEWS = load_view_tables(ROOT / "mappings" / "views")
COUNTED = (tables.HISTORY, tables.CURRENT, *(view.table for view in VIEWS))
NAMES = frozenset(table.name for table in COUNTED)
BY_TYPE: dict[str, list[ViewTable]] = defaultdict(list)
for _view in VIEWS:
    BY_TYPE[_view.view.resource].append(_view)


class Pass(NamedTuple):
    """What one pass took for so many rows; `server` is CPU too, of the database's processes."""

    rows: int
    seconds: float
    cpu: float
    server: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


class Loading:
    """The engine's loader without a bus."""

    def __init__(self, warehouse: Warehouse) -> None:
        warehouse.migrate()
        apply(warehouse, plan_views(warehouse, VIEWS), EPOCH_US)
        self._warehouse = warehouse
        self._stands: dict[Partition, int] = {}
        self._follows = [ViewRows(VIEWS)]

    def load(self, batches: Sequence[Sequence[Record]]) -> int:
        """Load batches, and give how many rows were written to the tables that count."""
        return sum(self._load(batches[at : at + TOGETHER]) for at in range(0, len(batches), TOGETHER))

    @uncollected()
    def _load(self, batches: Sequence[Sequence[Record]]) -> int:
        rows = 0
        with self._warehouse.transaction() as transaction:
            for batch in batches:
                reading = read(batch)
                loaded = load_batch(transaction, reading.batch(self._stands), EPOCH_US, self._follows)
                self._stands |= reading.offsets
                rows += sum(count for name, count in loaded.rows.items() if name in NAMES)
        return rows


class Measured(NamedTuple):
    """The rounds of the engine, of the loader that one writes first, and of its upserts alone."""

    engine: list[Pass]
    upserts: list[Pass]
    finished: list[Pass]


def run() -> Iterator[Table]:
    """Measure both warehouses, one after the other."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        warehouse = DuckdbWarehouse(home / "engine.duckdb")
        upserts = [duckdb_upserts(home / f"{name}.duckdb", COUNTED) for name in ("upserts", "finished")]
        yield _table("DuckDB", ">= 50", _measure(Loading(warehouse), *upserts, most=DUCKDB_UPSERTS))
        warehouse.close()
        with Postgres(home / "postgres.log") as postgres:
            loading = Loading(PostgresWarehouse(postgres.url))
            upserts = [postgres_upserts(postgres.url, name, COUNTED) for name in ("upserts", "finished")]
            yield _table("PostgreSQL", ">= 2", _measure(loading, *upserts, server=postgres.cpu_seconds))
            _check_equal(postgres.url)


def _measure(
    loading: Loading,
    upsert: Upsert,
    upsert_finished: Upsert,
    most: int | None = None,
    server: Callable[[], float] = lambda: 0.0,
) -> Measured:
    """Rounds of all three; the first of each, which warms up, does not count."""
    feed, measured = records(), Measured([], [], [])
    for _ in range(1 + ROUNDS):
        batches = [list(islice(feed, BATCH)) for _ in range(RECORDS // BATCH)]
        told = [record for batch in batches for record in batch]
        measured.engine.append(_timed(partial(loading.load, batches), server))
        measured.upserts.append(_timed(lambda told=told: upsert(islice(puts(told, BY_TYPE), most)), server))
        finished = list(islice(puts(told, BY_TYPE), most))
        measured.finished.append(_timed(partial(upsert_finished, finished), server))
    return Measured(*(passes[1:] for passes in measured))


def _timed(work: Callable[[], int], server: Callable[[], float]) -> Pass:
    began, busy, served = time.perf_counter(), time.process_time(), server()
    rows = work()
    return Pass(rows, time.perf_counter() - began, time.process_time() - busy, server() - served)


def _check_equal(url: str) -> None:
    """Raise AssertionError unless all three hold the same, but for the versions of single elements."""
    with psycopg.connect(url) as connection:
        for table in COUNTED:
            for other in ("upserts", "finished"):
                for one, two in (("public", other), (other, "public")):
                    found = connection.execute(_differing(table, one, two)).fetchall()
                    assert found == [], f"{table.name} does not hold the same"


def _differing(table: tables.Table, one: str, two: str) -> Composable:
    """A row of the table in one schema that the other lacks."""
    columns = SQL(", ").join(Identifier(column) for column in table.columns if column != "element_versions")
    query = SQL("select {} from {} except all select {} from {} limit 1")
    return query.format(columns, Identifier(one, table.name), columns, Identifier(two, table.name))


def _table(name: str, goal: str, measured: Measured) -> Table:
    return Table(
        f"Loading into {name}: history, current and {len(VIEWS)} views",
        ("loader", "rows/s", "CPU µs/row", "server's CPU µs/row", "engine's rate, times", "goal"),
        (
            _row("upserts, executemany, 500 a commit", measured.upserts, measured.engine, goal),
            _row("the same, of finished rows", measured.finished, measured.engine, ""),
            _row("engine", measured.engine, measured.engine, ""),
        ),
    )


def _row(name: str, passes: Sequence[Pass], engine: Sequence[Pass], goal: str) -> tuple[Figure, ...]:
    ratio = statistics.median(ours.rate / one.rate for ours, one in zip(engine, passes, strict=True))
    cpu = statistics.median(one.cpu / one.rows for one in passes) * 1e6
    server = statistics.median(one.server / one.rows for one in passes) * 1e6
    return (name, statistics.median(one.rate for one in passes), cpu, server, ratio, goal)
