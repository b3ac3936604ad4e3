"""Rows of history, current and views that a second loads, beside upserts of the same rows by `executemany`.

    python -m benchmarks loading

The engine reads records of the bus, folds and writes, as its loader does in batches of 2,000 records; the upserts get
the rows ready made and only write them, 500 a commit. Both write to the same kind of warehouse, in turns, round by
round; a ratio is the median of those within a round. On DuckDB upserts are so slow that they get but the first rows of
a round.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, cast

from benchmarks.loader import EPOCH_US, records
from benchmarks.table import Figure, Table
from benchmarks.upserts import Upsert, duckdb_upserts, plain, postgres_upserts
from engine.bus.record import Partition, Record
from engine.config.settings import ROOT
from engine.loaders import tables
from engine.loaders.batch import load_batch
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.loaders.evolution import apply
from engine.loaders.loader import BATCH
from engine.loaders.postgres_warehouse import PostgresWarehouse
from engine.loaders.reading import read
from engine.loaders.standing import plan_views
from engine.loaders.view_rows import ViewRows
from engine.loaders.view_tables import load_view_tables
from engine.loaders.warehouse import Transaction, Warehouse
from tests.rig.postgres import Postgres

ROUNDS = 5
RECORDS = 10 * BATCH
"""Records of a round."""
DUCKDB_UPSERTS = 1_500
VIEWS = load_view_tables(ROOT / "mappings" / "views")
COUNTED = (tables.HISTORY, tables.CURRENT, *(view.table for view in VIEWS))

Written = tuple[tables.Table, Sequence[tables.Row]]
"""Rows that were written to a table."""


class Pass(NamedTuple):
    """What one pass took for so many rows."""

    rows: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


class Loading:
    """The engine's loader without a bus, which keeps in mind what it wrote."""

    def __init__(self, warehouse: Warehouse) -> None:
        warehouse.migrate()
        apply(warehouse, plan_views(warehouse, VIEWS), EPOCH_US)
        self._warehouse = warehouse
        self._stands: dict[Partition, int] = {}
        self._follows = [ViewRows(VIEWS)]

    def load(self, batch: Sequence[Record]) -> list[Written]:
        """Load a batch, and give what was written."""
        reading = read(batch)
        with self._warehouse.transaction() as transaction:
            noting = Noting(transaction)
            load_batch(cast("Transaction", noting), reading.batch(self._stands), EPOCH_US, self._follows)
        self._stands.update(reading.offsets)
        return noting.written


class Noting:
    """A transaction that keeps the rows that it is given."""

    def __init__(self, transaction: Transaction) -> None:
        self.written: list[Written] = []
        self._transaction = transaction
        self.find, self.remove = transaction.find, transaction.remove

    def insert(self, table: tables.Table, rows: Sequence[tables.Row]) -> None:
        """Add rows."""
        self.written.append((table, rows))
        self._transaction.insert(table, rows)

    def replace(self, table: tables.Table, rows: Sequence[tables.Row]) -> None:
        """Put rows in place of others."""
        self.written.append((table, rows))
        self._transaction.replace(table, rows)


def run() -> Iterator[Table]:
    """Measure both warehouses, one after the other."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        warehouse = DuckdbWarehouse(home / "engine.duckdb")
        upsert = duckdb_upserts(home / "naive.duckdb", COUNTED)
        yield _table("DuckDB", ">= 50", *_measure(Loading(warehouse), upsert, DUCKDB_UPSERTS))
        warehouse.close()
        with Postgres(home / "postgres.log") as postgres:
            loading = Loading(PostgresWarehouse(postgres.url))
            yield _table("PostgreSQL", ">= 2", *_measure(loading, postgres_upserts(postgres.url, COUNTED)))


def _measure(loading: Loading, upsert: Upsert, most: int | None = None) -> tuple[list[Pass], list[Pass]]:
    """The rounds of the engine, and of the upserts; the first of each, which warms up, does not count."""
    feed, ours, theirs = records(), list[Pass](), list[Pass]()
    for _ in range(1 + ROUNDS):
        batches = [list(islice(feed, BATCH)) for _ in range(RECORDS // BATCH)]
        written = list[Written]()
        taken = _timed(partial(_load, loading, batches, written))
        puts = [plain(table, row) for table, rows in written if table in COUNTED for row in rows]
        ours.append(Pass(len(puts), *taken))
        theirs.append(Pass(len(puts[:most]), *_timed(partial(upsert, puts[:most]))))
    return ours[1:], theirs[1:]


def _load(loading: Loading, batches: Sequence[Sequence[Record]], written: list[Written]) -> None:
    for batch in batches:
        written += loading.load(batch)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    began, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - busy


def _table(name: str, goal: str, ours: Sequence[Pass], theirs: Sequence[Pass]) -> Table:
    ratio = statistics.median(one.rate / other.rate for one, other in zip(ours, theirs, strict=True))
    return Table(
        f"Loading into {name}: history, current and {len(VIEWS)} views",
        ("loader", "rows/s", "CPU µs/row", "times upserts", "goal"),
        (_row("upserts, executemany, 500 a commit", theirs, 1.0, ""), _row("engine", ours, ratio, goal)),
    )


def _row(name: str, passes: Sequence[Pass], ratio: float, goal: str) -> tuple[Figure, ...]:
    cpu = statistics.median(one.cpu / one.rows for one in passes) * 1e6
    return (name, statistics.median(one.rate for one in passes), cpu, ratio, goal)
