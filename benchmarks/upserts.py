"""The loader that one writes first: `executemany` of upserts, a commit for every 500 rows."""

# ruff: noqa: S608 - names come from the engine's tables alone

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import psycopg

from engine.loaders.duckdb_tables import TYPES as DUCKDB_TYPES
from engine.loaders.postgres_tables import TYPES as POSTGRES_TYPES
from engine.loaders.tables import Kind, Row, Table

COMMIT = 500
_EPOCH = datetime.fromtimestamp(0, UTC)


class Put(NamedTuple):
    """A row for a table."""

    table: Table
    row: Row


Upsert = Callable[[Sequence[Put]], None]


def plain(table: Table, row: Row) -> Put:
    """The row with times as a driver takes them."""
    kinds = table.columns.values()
    values = [
        _EPOCH + timedelta(microseconds=value) if kind is Kind.TIME and value is not None else value
        for kind, value in zip(kinds, row, strict=True)
    ]
    return Put(table, tuple(values))


def duckdb_upserts(path: Path, tables: Sequence[Table]) -> Upsert:
    """Upserts into a new DuckDB file, whose tables have primary keys."""
    connection = duckdb.connect(path)
    for table in tables:
        columns = ", ".join(f'"{name}" {DUCKDB_TYPES[kind]}' for name, kind in table.columns.items())
        connection.execute(f'create table "{table.name}" ({columns}, primary key ({", ".join(table.key)}))')

    def upsert(puts: Sequence[Put]) -> None:
        for commit in _commits(puts):
            connection.begin()
            for table, rows in _by_table(commit):
                marks = ", ".join("?" * len(table.columns))
                connection.executemany(f'insert or replace into "{table.name}" values ({marks})', rows)
            connection.commit()

    return upsert


def postgres_upserts(url: str, tables: Sequence[Table]) -> Upsert:
    """Upserts into a new schema of PostgreSQL."""
    connection = psycopg.connect(url, options="-c search_path=naive")
    connection.execute("create schema naive")
    for table in tables:
        columns = ", ".join(f'"{name}" {POSTGRES_TYPES[kind].as_string()}' for name, kind in table.columns.items())
        connection.execute(f'create table "{table.name}" ({columns}, primary key ({", ".join(table.key)}))'.encode())
    connection.commit()

    def upsert(puts: Sequence[Put]) -> None:
        for commit in _commits(puts):
            with connection.cursor() as cursor:
                for table, rows in _by_table(commit):
                    cursor.executemany(_postgres_upsert(table), rows)
            connection.commit()

    return upsert


def _postgres_upsert(table: Table) -> bytes:
    marks = ", ".join(["%s"] * len(table.columns))
    news = ", ".join(f'"{name}" = excluded."{name}"' for name in table.columns if name not in table.key)
    key = ", ".join(table.key)
    return f'insert into "{table.name}" values ({marks}) on conflict ({key}) do update set {news}'.encode()


def _commits(puts: Sequence[Put]) -> Iterator[list[Put]]:
    rest = iter(puts)
    while commit := list(islice(rest, COMMIT)):
        yield commit


def _by_table(commit: Sequence[Put]) -> Iterator[tuple[Table, list[Any]]]:
    for _, same in groupby(sorted(commit, key=lambda put: put.table.name), key=lambda put: put.table.name):
        puts = list(same)
        yield puts[0].table, [put.row for put in puts]
