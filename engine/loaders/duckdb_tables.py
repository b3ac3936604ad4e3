"""The table operations of a transaction in DuckDB: sets of rows go in and out as Arrow tables, one statement each."""

# ruff: noqa: S608 - names come from tables.py alone, and values are bound as Arrow tables

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b

import duckdb
import pyarrow as pa

from engine.loaders.rows import CURRENT_COLUMNS
from engine.loaders.tables import (
    CURRENT,
    HISTORY,
    ID,
    MESSAGES,
    PERSON_IDENTIFIERS,
    PERSON_LINKS,
    PERSONS,
    WITHDRAWALS,
    Kind,
    Row,
    Table,
)
from engine.loaders.view_tables import KEY as VIEW_KEY
from engine.loaders.warehouse import Page

LOOKUPS: dict[str, dict[str, tuple[str, ...]]] = {
    MESSAGES.name: {"lookup": ("message_key",)},
    HISTORY.name: {"lookup": ID},
    CURRENT.name: {"lookup": ID},
    WITHDRAWALS.name: {"lookup": ("observation",)},
    PERSONS.name: {"lookup": ("patient",), "person_lookup": ("person",)},
    PERSON_IDENTIFIERS.name: {"lookup": ("value",)},
    PERSON_LINKS.name: {"lookup": ("value",)},
}
"""The own tables with columns of hashes, and what each hashes; in tables of views that is the resource's id."""

TYPES = {
    Kind.TEXT: "varchar",
    Kind.NUMBER: "bigint",
    Kind.TRUTH: "boolean",
    Kind.FLOAT: "double",
    Kind.DECIMAL: "decimal(38, 9)",
    Kind.JSON: "json",
    Kind.DATE: "date",
    Kind.TIME: "timestamp",
}

_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.NUMBER: pa.int64(),
    Kind.TRUTH: pa.bool_(),
    Kind.FLOAT: pa.float64(),
    Kind.DECIMAL: pa.decimal128(38, 9),
    Kind.JSON: pa.string(),
    Kind.DATE: pa.date32(),
    Kind.TIME: pa.timestamp("us"),
}


_FIRST = -(1 << 63)


class DuckdbTransaction:
    """A Transaction over a connection that has begun one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def find(self, table: Table, columns: Sequence[str], by: Sequence[str], keys: Sequence[Row]) -> list[Row]:
        if not keys:
            return []
        with self._given(table, by, keys) as given:
            wanted = ", ".join(f'f."{column}"' for column in columns)
            matching = _matching(table, by, dict.fromkeys((*by, *columns)))
            found = self._connection.execute(f"with f as materialized ({matching}) select {wanted} from f {given}")
            return found.fetchall()

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        if not rows:
            return
        with self._given(table, tuple(table.columns), rows):
            self._connection.execute(f'insert into "{table.name}" by name select * from given')

    def replace(self, table: Table, rows: Sequence[Row]) -> None:
        self.remove(table, table.key, table.keys(rows))
        self.insert(table, rows)

    def remove(self, table: Table, by: Sequence[str], keys: Sequence[Row]) -> None:
        if not keys:
            return
        with self._given(table, by, keys) as given:
            matching = _matching(table, by, ("rowid", *by))
            gone = f"with f as materialized ({matching}) select f.rowid from f {given}"
            self._connection.execute(f'delete from "{table.name}" where rowid in ({gone})')

    def create(self, table: Table) -> None:
        columns = ", ".join(f'"{column}" {TYPES[kind]}' for column, kind in table.columns.items())
        self._connection.execute(f'create table "{table.name}" (lookup bigint, {columns})')

    def widen(self, table: Table, columns: Sequence[str]) -> None:
        for column in columns:
            typed = f'"{column}" {TYPES[table.columns[column]]}'
            self._connection.execute(f'alter table "{table.name}" add column {typed}')

    def clear(self, table: Table) -> None:
        self._connection.execute(f'delete from "{table.name}"')

    def run(self, statement: str) -> None:
        self._connection.execute(statement)

    def page(self, resource_type: str, after: str, limit: int) -> Page:
        after_hash = int(after or _FIRST)
        of_type = "from current where resource_type = ? and lookup > ?"
        last = f"select max(lookup) from (select lookup {of_type} order by lookup limit ?)"
        (found,) = self._connection.execute(last, [resource_type, after_hash, limit]).fetchall()[0]
        if found is None:
            return Page([], "")
        rows = f"select {', '.join(CURRENT_COLUMNS)} {of_type} and lookup <= ?"
        return Page(self._connection.execute(rows, [resource_type, after_hash, found]).fetchall(), str(found))

    @contextmanager
    def _given(self, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
        """Let SQL see the rows as `given`; yields the join of rows `f` with those that equal them in all columns.

        After a failed statement they stay until the next are given, for then DuckDB takes nothing but a rollback.
        """
        arrays = {
            column: pa.array(values, _ARROW[table.columns[column]])
            for column, values in zip(columns, zip(*rows, strict=True), strict=True)
        }
        joined = " and ".join(f'f."{column}" = given."{column}"' for column in arrays)
        for lookup, hashed in _lookups(table, columns):
            places = [tuple(columns).index(column) for column in hashed]
            arrays[lookup] = pa.array([_hash(*(row[place] for place in places)) for row in rows], pa.int64())
        self._connection.register("given", pa.table(arrays))
        yield f"join given on {joined}"
        self._connection.unregister("given")


def _matching(table: Table, by: Sequence[str], columns: Iterable[str]) -> str:
    """The rows that may equal one of `given`: where keys are hashed, by their hashes alone.

    It is a step of its own, so that texts and bodies are read of these rows and not of the whole table.
    """
    on = [lookup for lookup, _ in _lookups(table, by)][:1] or by
    same = " and ".join(f't."{column}" = given."{column}"' for column in on)
    wanted = ", ".join(f't."{column}"' for column in columns)
    return f'select {wanted} from "{table.name}" as t join given on {same}'


def _lookups(table: Table, columns: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """The columns of hashes that can be told from these columns, each with those that it hashes."""
    known = {"lookup": VIEW_KEY[:1]} if table.key == VIEW_KEY else LOOKUPS.get(table.name, {})
    return [(lookup, hashed) for lookup, hashed in known.items() if set(hashed) <= set(columns)]


@lru_cache(maxsize=1 << 14)
def _hash(*texts: str) -> int:
    """A batch asks for the same one for several tables."""
    return int.from_bytes(blake2b("\x1f".join(texts).encode(), digest_size=8).digest(), "big", signed=True)
