"""What the loader asks of a warehouse, and what everyone else may read from it.

WarehouseError
├── Unavailable    it may pass: a lost connection, a full disk
├── Refused        it does not take a value, now or ever
├── Overtaken      it stands elsewhere than this loader believes
├── OtherViews     its tables are of other views than this loader's
└── QueryRefused   a query that may not run, or cannot
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from engine.bus.record import Partition, Position
from engine.loaders.tables import Row, Table

QUERY_ROWS = 10_000
QUERY_SECONDS = 30.0


class WarehouseError(Exception):
    """The warehouse did not do what was asked."""


class Unavailable(WarehouseError):
    """It cannot be reached or cannot write now; nothing of the transaction stands, unless it was committing."""


class Refused(WarehouseError):
    """The warehouse does not take a value of the batch, and never will; nothing of the transaction stands."""


class Overtaken(WarehouseError):
    """Another loader, or a restored copy, moved the offsets: read them again before loading on."""


class OtherViews(WarehouseError):
    """The tables of views are not of the views that this loader has: it reads them again when it starts."""


class QueryRefused(WarehouseError):
    """The query is not one that reads, is not valid, or took too long."""


class Answer(NamedTuple):
    """What a query found; `more` when there were more rows than asked for."""

    columns: tuple[str, ...]
    rows: list[Row]
    more: bool


class Entry(NamedTuple):
    """What the warehouse knows of one raw record, from its newest receipt."""

    raw: Position
    facility: str
    message_type: str
    received_us: int
    outcome: str
    events: int
    """How many events the receipt names."""
    loaded: int
    """How many events of the receipt's generation are in the history."""
    is_copy: bool
    """Another raw record with the same message counts, so this one's events are not kept."""


class Page(NamedTuple):
    """Rows of `current`, with the columns that `read_current` needs, and what to go on behind; "" at the end."""

    rows: list[Row]
    last: str


class Transaction(Protocol):
    """Work on tables that stands as a whole or not at all; raises Refused and Unavailable."""

    def find(self, table: Table, columns: Sequence[str], by: Sequence[str], keys: Sequence[Row]) -> list[Row]:
        """These columns of the rows whose `by` columns equal one of the keys, each key given once; in any order."""

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows whose keys the table does not hold."""

    def replace(self, table: Table, rows: Sequence[Row]) -> None:
        """Put rows in place of those of the same keys."""

    def remove(self, table: Table, by: Sequence[str], keys: Sequence[Row]) -> None:
        """Delete the rows whose `by` columns equal one of the keys."""

    def create(self, table: Table) -> None:
        """Make a table, which is not there."""

    def widen(self, table: Table, columns: Sequence[str]) -> None:
        """Add these of a table's columns, which it lacks, to the table that is there."""

    def clear(self, table: Table) -> None:
        """Delete all rows."""

    def run(self, statement: str) -> None:
        """Run SQL of the engine's own that defines views."""

    def page(self, resource_type: str, after: str, limit: int) -> Page:
        """The next rows of `current` of a type in an order of the warehouse's own, behind what `after` names."""


class Reader(Protocol):
    """A warehouse to read from."""

    def query(self, sql: str, limit: int = QUERY_ROWS, seconds: float = QUERY_SECONDS) -> Answer:
        """Run one statement that only reads; raises QueryRefused."""

    def counts(self) -> Mapping[str, int]:
        """The number of rows of each table."""

    def digest(self) -> Mapping[str, str]:
        """A hash over the content of each table, offsets and times of loading left out; equal for equal content."""

    def offsets(self) -> Mapping[Partition, int]:
        """The next offset of each partition that was loaded from."""

    def ledger(self, since_us: int = 0) -> Iterator[Entry]:
        """The raw records received since then that the warehouse has a receipt of, in order of their positions."""

    def close(self) -> None:
        """Let go of files and connections."""


class Warehouse(Reader, Protocol):
    """A warehouse to load into; `engine` is duckdb or postgres, whose SQL it takes."""

    engine: str

    def migrate(self) -> None:
        """Create the tables that are missing."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin, commit at the end, roll back on an error; over all processes, one transaction runs at a time."""
