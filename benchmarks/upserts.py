"""The loader that one writes first: upserts by `executemany`, a commit for every 500 rows.

It reads the same records as the engine's loader, with the same decoder and the same compiled views, and fills the same
tables: a row of history for each event, and as current and in the views what the newest version says. It keeps no
offsets and no receipts, knows no copies of a message, and takes a newer version for the whole resource.
"""

# ruff: noqa: S608 - names come from the engine's tables alone

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import psycopg

from benchmarks.loader import EPOCH_US
from engine.bus.record import Record
from engine.canonical import envelope, receipt
from engine.canonical.fold import Current, Newest
from engine.canonical.resource import Resource
from engine.loaders.duckdb_tables import TYPES as DUCKDB_TYPES
from engine.loaders.postgres_tables import TYPES as POSTGRES_TYPES
from engine.loaders.tables import CURRENT, HISTORY, Kind, Row, Table
from engine.loaders.view_tables import ViewTable

COMMIT = 500
_EPOCH = datetime.fromtimestamp(0, UTC)


class Put(NamedTuple):
    """A row for a table."""

    table: Table
    row: Row


Upsert = Callable[[Iterable[Put]], int]
"""Writes rows as they come; gives how many."""


def puts(records: Iterable[Record], views: Mapping[str, Sequence[ViewTable]]) -> Iterator[Put]:
    """The rows that records ask for, `views` by the type of their resource."""
    for record in records:
        if record.topic != receipt.TOPIC:
            resource, body = envelope.decode(record), record.value.decode()
            yield Put(HISTORY, _plain(HISTORY, _history(resource, body)))
            yield Put(CURRENT, _plain(CURRENT, _current(resource, body)))
            current = _as_told(resource)
            for view in views.get(resource.type, ()):
                for row in view.rows(current, EPOCH_US):
                    yield Put(view.table, _plain(view.table, row))


def duckdb_upserts(path: Path, tables: Sequence[Table]) -> Upsert:
    """Upserts into a new DuckDB file, whose tables have primary keys."""
    connection = duckdb.connect(path)
    for table in tables:
        connection.execute(_create(table, DUCKDB_TYPES))

    def upsert(rows: Iterable[Put]) -> int:
        count = 0
        for commit in _commits(rows):
            connection.begin()
            for table, values in _by_table(commit):
                connection.executemany(_statement(table, "?"), values)
            connection.commit()
            count += len(commit)
        return count

    return upsert


def postgres_upserts(url: str, schema: str, tables: Sequence[Table]) -> Upsert:
    """Upserts into a new schema of PostgreSQL."""
    connection = psycopg.connect(url, options=f"-c search_path={schema}")
    connection.execute(f"create schema {schema}".encode())
    for table in tables:
        connection.execute(_create(table, {kind: one.as_string() for kind, one in POSTGRES_TYPES.items()}).encode())
    connection.commit()

    def upsert(rows: Iterable[Put]) -> int:
        count = 0
        for commit in _commits(rows):
            with connection.cursor() as cursor:
                for table, values in _by_table(commit):
                    cursor.executemany(_statement(table, "%s").encode(), values)
            connection.commit()
            count += len(commit)
        return count

    return upsert


def _history(resource: Resource, body: str) -> Row:
    origin = resource.origin
    named = (*origin.raw, origin.generation, resource.place, resource.type, resource.id, origin.version)
    told = (origin.facility, origin.subject, body, ",".join(resource.deleted), ",".join(resource.inferred))
    return (*named, *told, resource.weak, origin.mapping, origin.message_key, origin.received_us, EPOCH_US)


def _current(resource: Resource, body: str) -> Row:
    origin = resource.origin
    told = (resource.type, resource.id, origin.version, origin.facility, origin.subject, body, "{}", origin.mapping)
    return (*told, *origin.raw, EPOCH_US)


def _as_told(resource: Resource) -> Current:
    origin = resource.origin
    newest = Newest(origin.version, origin.raw, origin.facility, origin.subject, origin.mapping)
    return Current(resource.type, resource.id, resource.body, {}, newest)


def _plain(table: Table, row: Row) -> Row:
    """The row with times as a driver takes them."""
    values = list(row)
    for place, kind in enumerate(table.columns.values()):
        if kind is Kind.TIME and values[place] is not None:
            values[place] = _EPOCH + timedelta(microseconds=values[place])
    return tuple(values)


def _create(table: Table, types: Mapping[Kind, str]) -> str:
    columns = ", ".join(f'"{name}" {types[kind]}' for name, kind in table.columns.items())
    return f'create table "{table.name}" ({columns}, primary key ({", ".join(table.key)}))'


def _statement(table: Table, mark: str) -> str:
    """Insert a row, or put it in place of an older version; what happened does not change."""
    insert = f'insert into "{table.name}" values ({", ".join([mark] * len(table.columns))})'
    key = ", ".join(table.key)
    if table is HISTORY:
        return f"{insert} on conflict ({key}) do nothing"
    news = ", ".join(f'"{name}" = excluded."{name}"' for name in table.columns if name not in table.key)
    older = f'"{table.name}".version < excluded.version'
    return f"{insert} on conflict ({key}) do update set {news} where {older}"


def _commits(rows: Iterable[Put]) -> Iterator[list[Put]]:
    rest = iter(rows)
    while commit := list(islice(rest, COMMIT)):
        yield commit


def _by_table(commit: Sequence[Put]) -> Iterator[tuple[Table, list[Any]]]:
    tables = {put.table.name: put.table for put in commit}
    rows: dict[str, list[Any]] = defaultdict(list)
    for put in commit:
        rows[put.table.name].append(put.row)
    yield from ((tables[name], values) for name, values in rows.items())
