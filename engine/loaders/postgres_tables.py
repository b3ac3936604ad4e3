"""The table operations of a transaction in PostgreSQL: keys go in as one JSON value, rows by COPY."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

import orjson
import psycopg
from psycopg.abc import Buffer
from psycopg.copy import Copy, Writer
from psycopg.sql import SQL, Composable, Composed, Identifier

from engine.loaders.postgres_months import Months
from engine.loaders.postgres_statements import Statements
from engine.loaders.rows import CURRENT_COLUMNS
from engine.loaders.tables import HISTORY, Kind, Row, Table
from engine.loaders.warehouse import Page

TYPES = {
    Kind.TEXT: SQL("text"),
    Kind.NUMBER: SQL("bigint"),
    Kind.TRUTH: SQL("boolean"),
    Kind.FLOAT: SQL("double precision"),
    Kind.DECIMAL: SQL("numeric(38, 9)"),
    Kind.JSON: SQL("jsonb"),
    Kind.DATE: SQL("date"),
    Kind.TIME: SQL("timestamptz"),
}
_EPOCH = datetime.fromtimestamp(0, UTC)


class PostgresTransaction:
    """A Transaction over a connection that has begun one; `statements` runs all that is said over it."""

    def __init__(self, connection: psycopg.Connection[Row], months: Months, statements: Statements) -> None:
        self._connection = connection
        self._months = months
        self._statements = statements

    def find(self, table: Table, columns: Sequence[str], by: Sequence[str], keys: Sequence[Row]) -> list[Row]:
        if not keys:
            return []
        listed = SQL(", ").join(Identifier("t", column) for column in columns)
        query = SQL("select {} from {} as t join {} on {}").format(
            listed, Identifier(table.name), _given(table, by), _same(by)
        )
        written = _written(by, keys)
        return self._statements.find(table.name, lambda: self._connection.execute(query, [written]).fetchall())

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        if rows:
            months = rows if table is HISTORY else ()
            self._statements.later(table.name, partial(self._insert, table, self._lines(table, rows), months))

    def replace(self, table: Table, rows: Sequence[Row]) -> None:
        if rows:
            self._statements.later(table.name, partial(self._replace, table, self._lines(table, rows)))

    def remove(self, table: Table, by: Sequence[str], keys: Sequence[Row]) -> None:
        if keys:
            self._statements.later(table.name, partial(self._remove, table, by, keys))

    def create(self, table: Table) -> None:
        columns = [SQL("{} {}").format(Identifier(column), TYPES[kind]) for column, kind in table.columns.items()]
        key = SQL("primary key ({})").format(SQL(", ").join(map(Identifier, table.key)))
        inside = SQL(", ").join([*columns, key])
        self._execute(SQL("create table {} ({})").format(Identifier(table.name), inside))

    def widen(self, table: Table, columns: Sequence[str]) -> None:
        for column in columns:
            typed = SQL("{} {}").format(Identifier(column), TYPES[table.columns[column]])
            self._execute(SQL("alter table {} add column {}").format(Identifier(table.name), typed))

    def clear(self, table: Table) -> None:
        self._execute(SQL("delete from {}").format(Identifier(table.name)))

    def run(self, statement: str) -> None:
        self._execute(statement.encode())

    def page(self, resource_type: str, after: str, limit: int) -> Page:
        listed = SQL(", ").join(map(Identifier, CURRENT_COLUMNS))
        query = SQL("select {} from current where resource_type = %s and id > %s order by id limit %s").format(listed)
        rows = self._execute(query, [resource_type, after, limit]).fetchall()
        return Page(rows, rows[-1][CURRENT_COLUMNS.index("id")] if rows else "")

    def _execute(self, query: Composed | bytes, values: Sequence[Any] = ()) -> psycopg.Cursor[Row]:
        return self._statements.last(lambda: self._connection.execute(query, values or None))

    def _insert(self, table: Table, lines: bytes, months: Sequence[Row]) -> None:
        self._months.make(months)
        self._copy(Identifier(table.name), table, lines)

    def _replace(self, table: Table, lines: bytes) -> None:
        staged = Identifier(f"given_{table.name}")
        self._connection.execute(
            SQL("create temp table if not exists {} (like {}) on commit delete rows").format(
                staged, Identifier(table.name)
            )
        )
        self._copy(staged, table, lines)
        changed = [column for column in table.columns if column not in table.key]
        news = SQL(", ").join(SQL("{} = {}").format(Identifier(column), Identifier("g", column)) for column in changed)
        query = SQL("update {} as t set {} from {} as g where {}")
        self._connection.execute(query.format(Identifier(table.name), news, staged, _same(table.key)))
        self._connection.execute(SQL("delete from {}").format(staged))

    def _remove(self, table: Table, by: Sequence[str], keys: Sequence[Row]) -> None:
        query = SQL("delete from {} as t using {} where {}")
        self._connection.execute(
            query.format(Identifier(table.name), _given(table, by), _same(by)), [_written(by, keys)]
        )

    def _copy(self, target: Composable, table: Table, lines: bytes) -> None:
        listed = SQL(", ").join(map(Identifier, table.columns))
        statement = SQL("copy {} ({}) from stdin").format(target, listed)
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(lines)

    def _lines(self, table: Table, rows: Sequence[Row]) -> bytes:
        """The rows as COPY takes them, made at once: while the server reads, its thread needs nothing of Python."""
        times = [place for place, kind in enumerate(table.columns.values()) if kind is Kind.TIME]
        lines = _Lines()
        with self._connection.cursor() as cursor, Copy(cursor, binary=False, writer=lines) as copy:
            for row in rows:
                copy.write_row(_with_moments(row, times))
        return b"".join(lines.blocks)


class _Lines(Writer):
    """Keeps what a COPY would send."""

    def __init__(self) -> None:
        self.blocks: list[Buffer] = []

    def write(self, data: Buffer) -> None:
        self.blocks.append(data)


def _given(table: Table, by: Sequence[str]) -> Composable:
    typed = [SQL("{} {}").format(Identifier(column), TYPES[table.columns[column]]) for column in by]
    return SQL("json_to_recordset(%s::json) as g({})").format(SQL(", ").join(typed))


def _same(by: Sequence[str]) -> Composable:
    return SQL(" and ").join(SQL("{} = {}").format(Identifier("t", column), Identifier("g", column)) for column in by)


def _written(by: Sequence[str], keys: Sequence[Row]) -> str:
    return orjson.dumps([dict(zip(by, key, strict=True)) for key in keys]).decode()


def _with_moments(row: Row, times: Sequence[int]) -> list[Any]:
    values = list(row)
    for place in times:
        if values[place] is not None:
            values[place] = _moment(values[place])
    return values


@lru_cache(maxsize=256)
def _moment(microseconds: int) -> str:
    """A time as PostgreSQL reads it: rows of one message, and of one batch, share theirs."""
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat()
