"""The partitions of `history` in PostgreSQL: one a month of `received` (UTC), made in the transaction that needs it.

A new partition is filled and attached as a table of its own, which keeps out no reader of the months before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from engine.loaders.tables import HISTORY, Row

BEFORE = "before_"
"""How the name of a partition goes on that holds all months before the one that it names."""

_PARTITIONS = "select inhrelid::regclass::text from pg_inherits where inhparent = 'history'::regclass"
_RECEIVED = list(HISTORY.columns).index("received")
_EPOCH = datetime.fromtimestamp(0, UTC)
_HOUR_US = 3_600_000_000
_DECEMBER = 12


class Months:
    """The months that have a partition, as one transaction sees them."""

    def __init__(self, connection: psycopg.Connection[Row], known: Collection[str]) -> None:
        """`known` are those that had one when the transaction before was committed."""
        self._connection = connection
        self.known = frozenset(known)

    def make(self, rows: Iterable[Row]) -> None:
        """Make the partitions that rows of `history` need and that are not there."""
        hours = {row[_RECEIVED] // _HOUR_US for row in rows}
        wanted = {(_EPOCH + timedelta(hours=hour)).strftime("%Y_%m") for hour in hours}
        if wanted <= self.known:
            return
        there = {name.removeprefix("history_") for (name,) in self._connection.execute(_PARTITIONS)}
        covered = max((name.removeprefix(BEFORE) for name in there if name.startswith(BEFORE)), default="")
        for month in sorted(wanted - there):
            if month >= covered:
                self._make(month)
        self.known |= wanted

    def _make(self, month: str) -> None:
        start, end = (Literal(f"{day}T00:00:00+00:00") for day in _days(month))
        name = Identifier(f"history_{month}")
        self._connection.execute(SQL("create table {} (like history)").format(name))
        attach = SQL("alter table history attach partition {} for values from ({}) to ({})")
        self._connection.execute(attach.format(name, start, end))


def _days(month: str) -> Iterator[str]:
    """The first day of a month, and of the one after it."""
    year, number = (int(part) for part in month.split("_"))
    yield f"{year:04d}-{number:02d}-01"
    yield f"{year + number // _DECEMBER:04d}-{number % _DECEMBER + 1:02d}-01"
