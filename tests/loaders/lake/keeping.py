"""A lake for tests: its rows read back, its loader at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import SqlCatalog

from engine.bus.bus import Bus
from engine.bus.record import Partition
from engine.loaders.lake.lake import Lake
from engine.loaders.lake.loader import GROUP, LakeLoader, Pace, table_of
from engine.loaders.lake.schema import KEPT
from engine.loaders.rows import history_row, receipt_row
from engine.loaders.tables import HISTORY, RECEIPTS, Row, Table
from tests.contract.history_contract import KEY
from tests.contract.warehouse_feed import NOW, Feeder, Told
from tests.loaders.stage import TOPICS

SQL = Path(__file__).parents[3] / "engine" / "loaders" / "sql" / "lake.sql"


def catalog_in(folder: Path) -> Catalog:
    folder.mkdir(parents=True, exist_ok=True)
    return SqlCatalog("engine", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/files")


def lake_in(folder: Path) -> Lake:
    lake = Lake(catalog_in(folder))
    lake.migrate()
    return lake


def rows_of(lake: Lake, table: Table, columns: str = "*") -> list[Row]:
    """All rows of a table, read back by DuckDB."""
    return query(lake, f"select {columns} from {table.name}")


def query(lake: Lake, sql: str) -> list[Row]:
    """What DuckDB answers over the lake's tables."""
    with duckdb.connect() as connection:
        for table in KEPT:
            connection.register(table.name, lake.held(table).scan().to_arrow())
        return connection.execute(sql).fetchall()


@dataclass
class LakeKeeper:
    """A lake, as far as it keeps a history: all of it."""

    lake: Lake

    def load(self, *told: Told, believes: Mapping[Partition, int] | None = None) -> None:
        stands = dict(self.lake.offsets() if believes is None else believes)
        batch = Feeder(None, stands).batch(told)  # type: ignore[arg-type]  # it is asked for a batch only
        rows = {
            HISTORY.name: [history_row(one, NOW) for _, one in batch.events],
            RECEIPTS.name: [receipt_row(one, NOW) for _, one in batch.receipts],
        }
        for table in KEPT:
            moved = {at: to for at, to in batch.offsets.items() if to != stands.get(at)}
            offsets = {at: to for at, to in moved.items() if table_of(at.topic) is table}
            if offsets:
                believed = {at: stands[at] for at in offsets if at in stands}
                self.lake.append(table, rows[table.name], believed, offsets)

    def offsets(self) -> Mapping[Partition, int]:
        return {at: to for at, to in self.lake.offsets().items() if to}

    def events(self) -> list[Row]:
        return query(self.lake, f"select {KEY} from ({SQL.read_text('utf-8')})")

    def empty(self) -> None:
        for table in KEPT:
            self.lake.catalog.drop_table(f"engine.{table.name}")
        self.lake.migrate()


@dataclass
class Heard:
    """What the meter heard: rows of each commit."""

    commits: list[tuple[str, int]] = field(default_factory=list)
    gathered: list[int] = field(default_factory=list)
    """When records were taken."""

    def now_us(self) -> int:
        self.gathered.append(time.time_ns() // 1000)
        return self.gathered[-1]

    def kept(self, table: Table, rows: int, seconds: float) -> None:
        assert seconds >= 0
        self.commits.append((table.name, rows))


AT_ONCE = Pace(1 << 30, 0.1)


@contextmanager
def keeping(
    bus: Bus, lake: Lake, pace: Pace = AT_ONCE, topics: Sequence[str] = TOPICS, group: str = GROUP
) -> Iterator[Heard]:
    """Run a loader of the lake meanwhile."""
    heard, stop, failed = Heard(), threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            LakeLoader(bus, lake, topics, heard.now_us, heard, pace, group).run(stop)
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield heard
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
    assert failed == []
