"""What a warehouse holds, read the same way from every engine: counts, digests and the ledger of raw records."""

# ruff: noqa: S608 - names come from tables.py alone

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from engine.bus.record import Position
from engine.loaders.tables import CURRENT, HISTORY, MESSAGES, RECEIPTS, TABLES, WITHDRAWALS, Kind, Row, Table
from engine.loaders.view_tables import read_kinds, table_of
from engine.loaders.warehouse import Entry

LEDGER_SQL = Path(__file__).with_name("sql").joinpath("ledger.sql").read_text("utf-8")

VIEWS_SQL = "select name, column_kinds from view_tables where state <> 'orphaned' order by name"
"""The query for the rows that `read_tables` reads."""

DIGESTED = (MESSAGES, RECEIPTS, HISTORY, CURRENT, WITHDRAWALS)
"""The tables that hold what messages said; offsets say only how it came."""


def read_tables(rows: Iterable[Row]) -> list[Table]:
    """The tables of the views that are in use."""
    return [table_of(name, read_kinds(written)) for name, written in rows]


def count_sql(views: Iterable[Table]) -> str:
    """The query for the number of rows of each own table and of those of these views."""
    tables = (*TABLES, *views)
    return " union all ".join(f"select '{one.name}' as name, count(*) as rows from \"{one.name}\"" for one in tables)


def content_columns(table: Table) -> list[str]:
    """The columns that a digest covers: all that do not depend on when the row was written."""
    return [column for column in table.columns if column != "loaded_at"]


def content_sql(table: Table) -> str:
    """The query for the rows that `digest` reads."""
    columns = ", ".join(f'"{column}"' for column in content_columns(table))
    return f'select {columns} from "{table.name}"'


def digest(table: Table, rows: Iterable[Row]) -> str:
    """A hash of rows that does not depend on their order, nor on how an engine writes JSON and times."""
    kinds = [table.columns[column] for column in content_columns(table)]
    total = 0
    for row in rows:
        values = [_plain(kind, value) for kind, value in zip(kinds, row, strict=True)]
        total += int.from_bytes(sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).digest(), "big")
    return f"{total % (1 << 256):064x}"


def ledger_sql(since_us: int) -> str:
    """The query for the rows that `read_entry` reads."""
    moment = datetime.fromtimestamp(since_us / 1_000_000, UTC)
    return LEDGER_SQL.format(since=moment.strftime("%Y-%m-%d %H:%M:%S.%f+00"))


def read_entry(row: Row) -> Entry:
    """An entry of the ledger from a row of ledger.sql."""
    topic, part, offset, facility, message_type, received, outcome, events, loaded, is_copy = row
    position = Position(topic, part, offset)
    return Entry(position, facility, message_type, microseconds(received), outcome, events, loaded, is_copy)


def microseconds(moment: datetime) -> int:
    """Microseconds since the epoch; a moment without a zone is UTC."""
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.fromtimestamp(0, UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _plain(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case Kind.JSON:
            return orjson.loads(value)
        case Kind.TIME:
            return microseconds(value)
        case Kind.DECIMAL:
            return f"{value.normalize():f}"
    return value
