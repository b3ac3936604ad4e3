"""The table operations of a transaction in PostgreSQL: keys go in as one JSON value, rows by COPY."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psycopg
from psycopg.sql import SQL, Composable, Identifier

from engine.loaders.tables import Kind, Row, Table

_KEY_TYPES = {Kind.TEXT: SQL("text"), Kind.NUMBER: SQL("bigint")}
_EPOCH = datetime.fromtimestamp(0, UTC)


class PostgresTransaction:
    """A Transaction over a connection that has begun one."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def find(self, table: Table, columns: Sequence[str], by: Sequence[str], keys: Sequence[Row]) -> list[Row]:
        if not keys:
            return []
        listed = SQL(", ").join(Identifier("t", column) for column in columns)
        query = SQL("select {} from {} as t join {} on {}").format(
            listed, Identifier(table.name), _given(table, by), _same(by)
        )
        return self._connection.execute(query, [_written(by, keys)]).fetchall()

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        if rows:
            self._copy(Identifier(table.name), table, rows)

    def replace(self, table: Table, rows: Sequence[Row]) -> None:
        if not rows:
            return
        staged = Identifier(f"given_{table.name}")
        self._connection.execute(
            SQL("create temp table if not exists {} (like {}) on commit delete rows").format(
                staged, Identifier(table.name)
            )
        )
        self._copy(staged, table, rows)
        changed = [column for column in table.columns if column not in table.key]
        news = SQL(", ").join(SQL("{} = {}").format(Identifier(column), Identifier("g", column)) for column in changed)
        query = SQL("update {} as t set {} from {} as g where {}")
        self._connection.execute(query.format(Identifier(table.name), news, staged, _same(table.key)))

    def remove(self, table: Table, by: Sequence[str], keys: Sequence[Row]) -> None:
        if not keys:
            return
        query = SQL("delete from {} as t using {} where {}")
        self._connection.execute(
            query.format(Identifier(table.name), _given(table, by), _same(by)), [_written(by, keys)]
        )

    def _copy(self, target: Composable, table: Table, rows: Sequence[Row]) -> None:
        listed = SQL(", ").join(map(Identifier, table.columns))
        times = [place for place, kind in enumerate(table.columns.values()) if kind is Kind.TIME]
        with (
            self._connection.cursor() as cursor,
            cursor.copy(SQL("copy {} ({}) from stdin").format(target, listed)) as copy,
        ):
            for row in rows:
                copy.write_row(_with_moments(row, times))


def _given(table: Table, by: Sequence[str]) -> Composable:
    typed = [SQL("{} {}").format(Identifier(column), _KEY_TYPES[table.columns[column]]) for column in by]
    return SQL("json_to_recordset(%s::json) as g({})").format(SQL(", ").join(typed))


def _same(by: Sequence[str]) -> Composable:
    return SQL(" and ").join(SQL("{} = {}").format(Identifier("t", column), Identifier("g", column)) for column in by)


def _written(by: Sequence[str], keys: Sequence[Row]) -> str:
    return orjson.dumps([dict(zip(by, key, strict=True)) for key in keys]).decode()


def _with_moments(row: Row, times: Sequence[int]) -> list[Any]:
    values = list(row)
    for place in times:
        values[place] = _EPOCH + timedelta(microseconds=values[place])
    return values
