"""A warehouse in memory, whose commit can be lost, or happen while its answer is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from engine.bus.record import Partition, Position
from engine.loaders.rows import CURRENT_COLUMNS
from engine.loaders.tables import CURRENT, HISTORY, MESSAGES, OFFSETS, RAW, RECEIPTS, TABLES, Kind, Row, Table
from engine.loaders.warehouse import QUERY_ROWS, QUERY_SECONDS, Answer, Entry, Page, Refused
from tests.simulation.mirror import Tables, mirror
from tests.simulation.plan import Plan

SMALL = {"part", "raw_part", "event_index"}
"""Columns of 32 bits."""


def columns_of(table: Table, row: Row, columns: Sequence[str]) -> Row:
    """Some of the values of a row."""
    names = list(table.columns)
    return tuple(row[names.index(column)] for column in columns)


class FakeTransaction:
    """Work on a copy of the tables."""

    def __init__(self, tables: Tables, plan: Plan) -> None:
        self._tables = tables
        self._plan = plan

    def find(self, table: Table, columns: Sequence[str], by: Sequence[str], keys: Sequence[Row]) -> list[Row]:
        self._plan.reach("statement")
        wanted = set(keys)
        rows = self._tables[table.name].values() if wanted else ()
        return [columns_of(table, row, columns) for row in rows if columns_of(table, row, by) in wanted]

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        self._plan.reach("statement")
        held = self._tables[table.name]
        for key, row in zip(table.keys(rows), rows, strict=True):
            _check(table, row)
            assert key not in held, f"a row of {table.name} is inserted twice"
            held[key] = row

    def replace(self, table: Table, rows: Sequence[Row]) -> None:
        self.remove(table, table.key, table.keys(rows))
        self.insert(table, rows)

    def remove(self, table: Table, by: Sequence[str], keys: Sequence[Row]) -> None:
        self._plan.reach("statement")
        gone = set(keys)
        held = self._tables[table.name]
        for key in [key for key, row in held.items() if columns_of(table, row, by) in gone]:
            del held[key]

    def create(self, table: Table) -> None:
        self._plan.reach("statement")
        assert table.name not in self._tables, f"the table {table.name} is there"
        self._tables[table.name] = {}

    def widen(self, table: Table, columns: Sequence[str]) -> None:
        self._plan.reach("statement")

    def clear(self, table: Table) -> None:
        self._plan.reach("statement")
        self._tables[table.name].clear()

    def run(self, statement: str) -> None:
        self._plan.reach("statement")

    def page(self, resource_type: str, after: str, limit: int) -> Page:
        self._plan.reach("statement")
        behind = [row for key, row in sorted(self._tables[CURRENT.name].items()) if key > (resource_type, after)]
        rows = [columns_of(CURRENT, row, CURRENT_COLUMNS) for row in behind if row[0] == resource_type][:limit]
        return Page(rows, rows[-1][1] if rows else "")


class FakeWarehouse:
    """The tables as one process sees them."""

    engine = "fake"

    def __init__(self, tables: Tables, plan: Plan) -> None:
        self.tables = tables
        self._plan = plan

    def migrate(self) -> None:
        pass

    @contextmanager
    def transaction(self) -> Iterator[FakeTransaction]:
        self._plan.reach("begin")
        copies = {name: dict(rows) for name, rows in self.tables.items()}
        yield FakeTransaction(copies, self._plan)
        self._plan.reach("commit transaction")
        self.tables.update(copies)
        self._plan.reach("transaction committed")

    def offsets(self) -> Mapping[Partition, int]:
        self._plan.reach("offsets")
        return {Partition(topic, part): offset for topic, part, offset in self.tables[OFFSETS.name].values()}

    def counts(self) -> Mapping[str, int]:
        return {name: len(rows) for name, rows in self.tables.items()}

    def ledger(self, since_us: int = 0) -> Iterator[Entry]:
        loaded = Counter(columns_of(HISTORY, row, (*RAW, "generation")) for row in self.tables[HISTORY.name].values())
        for raw, row in sorted(self.tables[RECEIPTS.name].items()):
            *_, generation, facility, message_type, received_us, key, outcome, events, _, _, _ = row
            counts = self.tables[MESSAGES.name][(key,)][1:4]
            if received_us >= since_us:
                found = loaded[(*raw, generation)]
                place = Position(*raw)
                yield Entry(place, facility, message_type, received_us, outcome, events, found, counts != raw)

    def query(self, sql: str, limit: int = QUERY_ROWS, seconds: float = QUERY_SECONDS) -> Answer:
        return mirror().show(self.tables).query(sql, limit, seconds)

    def digest(self) -> Mapping[str, str]:
        return mirror().show(self.tables).digest()

    def close(self) -> None:
        pass


def _check(table: Table, row: Row) -> None:
    for (column, kind), value in zip(table.columns.items(), row, strict=True):
        if value is None and table not in TABLES and column not in table.key:
            continue
        bits = 31 if column in SMALL else 63
        if kind is Kind.NUMBER and not (isinstance(value, int) and abs(value) < 1 << bits):
            raise Refused("no such number fits")
        if kind is Kind.TEXT:
            _encode(value)


def _encode(text: str) -> None:
    try:
        text.encode()
    except UnicodeError:
        raise Refused("no such text fits") from None
