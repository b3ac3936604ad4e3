"""What stands in the warehouse, for who compares it with what should: tables of views and their columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from engine.loaders.evolution import Columns, Step, plan
from engine.loaders.migrations import NEWEST
from engine.loaders.tables import Kind
from engine.loaders.view_registry import COLUMNS, Registered, read_registered
from engine.loaders.view_tables import ViewTable
from engine.loaders.warehouse import QueryRefused, Reader

_COLUMNS = (
    "select table_name, column_name, data_type from information_schema.columns where table_schema = current_schema()"
)
_REGISTERED = f"select {', '.join(COLUMNS)} from view_tables"  # noqa: S608 - names of tables.py
_MOST_COLUMNS = 100_000

_KINDS = {
    "varchar": Kind.TEXT,
    "text": Kind.TEXT,
    "bigint": Kind.NUMBER,
    "boolean": Kind.TRUTH,
    "double": Kind.FLOAT,
    "double precision": Kind.FLOAT,
    "decimal(38,9)": Kind.DECIMAL,
    "numeric": Kind.DECIMAL,
    "json": Kind.JSON,
    "jsonb": Kind.JSON,
    "date": Kind.DATE,
    "timestamp": Kind.TIME,
    "timestamp with time zone": Kind.TIME,
}
"""The kinds of columns by what both engines call their types."""


def plan_views(reader: Reader, tables: Iterable[ViewTable]) -> Sequence[Step]:
    """What is to be done for the tables of these views; raises WarehouseError."""
    return plan(tables, read_views(reader), read_columns(reader))


def read_views(reader: Reader) -> Mapping[str, Registered]:
    """What is known of the tables of views; nothing where the engine's own tables are not there yet."""
    with suppress(QueryRefused):
        return {row[0]: read_registered(row) for row in reader.query(_REGISTERED).rows}
    return {}


def read_columns(reader: Reader) -> Mapping[str, Columns]:
    """The columns of every table."""
    found: dict[str, dict[str, Kind | None]] = defaultdict(dict)
    for table, column, kind in reader.query(_COLUMNS, _MOST_COLUMNS).rows:
        found[table][column] = _KINDS.get(kind.lower())
    return found


def read_migration(reader: Reader) -> int:
    """The number of the last change of the engine's own tables that was made."""
    with suppress(QueryRefused):
        return int(reader.query(NEWEST).rows[0][0])
    return 0
