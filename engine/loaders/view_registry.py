"""What the warehouse knows of its views' tables: a row of `view_tables` each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from engine.loaders.tables import VIEW_TABLES, Kind, Row
from engine.loaders.view_tables import OWN, ViewTable, read_kinds, write_kinds
from engine.loaders.warehouse import Transaction


class State(StrEnum):
    """What a view's table holds."""

    FILLING = "filling"
    """Rows of some resources are yet to come; what changes is written all the same."""
    WHOLE = "whole"
    """The rows of every resource that is current."""
    ORPHANED = "orphaned"
    """What it held when its view was taken out."""


IN_USE = (State.FILLING, State.WHOLE)


class Registered(NamedTuple):
    """A row of `view_tables`."""

    name: str
    resource_type: str
    fingerprint: str
    kinds: Mapping[str, Kind]
    state: State
    filled_to: str
    """While filling: behind which resource to go on, as the engine of the warehouse has it."""


COLUMNS = ("name", "resource_type", "fingerprint", "column_kinds", "state", "filled_to")


def find_in_use(transaction: Transaction) -> dict[str, str]:
    """The fingerprint of each view whose table is kept up."""
    rows = transaction.find(VIEW_TABLES, ("name", "fingerprint"), ("state",), [(state.value,) for state in IN_USE])
    return dict(rows)


def find_registered(transaction: Transaction) -> dict[str, Registered]:
    """What is known of all tables."""
    rows = transaction.find(VIEW_TABLES, COLUMNS, ("state",), [(state.value,) for state in State])
    return {row[0]: read_registered(row) for row in rows}


def read_registered(row: Row) -> Registered:
    """A row of `COLUMNS`."""
    name, resource_type, fingerprint, written, state, filled_to = row
    return Registered(name, resource_type, fingerprint, read_kinds(written), State(state), filled_to)


def register(transaction: Transaction, tables: Sequence[ViewTable], now_us: int) -> None:
    """Note that these tables hold the rows of these views now, or will when they are filled from the beginning."""
    rows = [
        (table.table.name, table.view.resource, table.fingerprint, _written(table), State.FILLING.value, "", now_us)
        for table in tables
    ]
    transaction.remove(VIEW_TABLES, VIEW_TABLES.key, VIEW_TABLES.keys(rows))
    transaction.insert(VIEW_TABLES, rows)


def note(transaction: Transaction, held: Registered, state: State, filled_to: str, now_us: int) -> None:
    """Note another state of a table."""
    row = (held.name, held.resource_type, held.fingerprint, write_kinds(held.kinds), state.value, filled_to, now_us)
    transaction.replace(VIEW_TABLES, [row])


def _written(table: ViewTable) -> str:
    return write_kinds({name: kind for name, kind in table.table.columns.items() if name not in OWN})
