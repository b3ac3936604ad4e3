"""Bringing the tables of views up to views that changed: what is to be done, and doing it.

No table and no column is ever dropped: a table whose view is gone stays as it is, a column that its view names no more
is left empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from engine.loaders.tables import Kind, Table
from engine.loaders.view_registry import Registered, State, find_registered, note, register
from engine.loaders.view_tables import ViewTable
from engine.loaders.warehouse import Overtaken, Transaction, Warehouse
from engine.views.fingerprint import fingerprint

Columns = Mapping[str, Kind | None]
"""The columns that a table has in the warehouse, with their kinds where they are such as views have."""


class Change(StrEnum):
    """What is to be done with one table."""

    NEW = "new"
    """It is made, and filled."""
    WIDER = "wider"
    """The view has further columns, and all else in it is as it was: they are added, and filled."""
    UNFINISHED = "unfinished"
    """Filling it goes on."""
    RETURNED = "returned"
    """Its view is there again: it is emptied, and filled."""
    CHANGED = "changed"
    """The view gives other rows: columns are added where it has new ones, and all rows are replaced."""
    ORPHANED = "orphaned"
    """The view is gone: the table stays as it is, and nothing is written to it any more."""
    BLOCKED = "blocked"
    """It cannot be: something else is in the way, which only a person can move."""


BY_ITSELF = frozenset({Change.NEW, Change.WIDER, Change.UNFINISHED, Change.RETURNED})
"""What the loader does by itself when it starts: nothing that anybody reads becomes another."""


class Step(NamedTuple):
    """What is to be done with one table, and why."""

    name: str
    change: Change
    what: str
    table: ViewTable | None = None
    held: Registered | None = None
    added: Sequence[str] = ()
    """Columns that the table lacks."""

    @property
    def is_emptied(self) -> bool:
        """Whether the table holds rows that filling would not replace."""
        other = self.held and self.table and self.held.resource_type != self.table.view.resource
        return self.change is Change.RETURNED or bool(other)


def plan(
    tables: Iterable[ViewTable], registered: Mapping[str, Registered], there: Mapping[str, Columns]
) -> Sequence[Step]:
    """The steps from the tables that are there to those of these views, in the order of their names."""
    wanted = {table.table.name: table for table in tables}
    steps = [_step(table, registered.get(name), there.get(name)) for name, table in wanted.items()]
    for name, held in registered.items():
        if name not in wanted and held.state is not State.ORPHANED:
            what = "its view is gone; the table stays as it is"
            steps.append(Step(name, Change.ORPHANED, what, None, held))
    return sorted((step for step in steps if step), key=lambda step: step.name)


def apply(warehouse: Warehouse, steps: Iterable[Step], now_us: int) -> None:
    """Do it, all at once and none of it filled; raises Overtaken when the tables are not as they were planned for."""
    wanted = [step for step in steps if step.change not in (Change.BLOCKED, Change.UNFINISHED)]
    with warehouse.transaction() as transaction:
        registered = find_registered(transaction)
        for step in wanted:
            if registered.get(step.name) != step.held:
                raise Overtaken(f"another process changed the table {step.name} meanwhile - plan again")
            if step.held and step.table is None:
                note(transaction, step.held, State.ORPHANED, "", now_us)
            if step.table:
                _shape(transaction, step, step.table.table)
        register(transaction, [step.table for step in wanted if step.table], now_us)


def _shape(transaction: Transaction, step: Step, table: Table) -> None:
    """Make a table, or make it fit to be filled."""
    if step.change is Change.NEW:
        transaction.create(table)
        return
    transaction.widen(table, step.added)
    if step.is_emptied:
        transaction.clear(table)


def _step(table: ViewTable, held: Registered | None, there: Columns | None) -> Step | None:
    name = table.table.name
    blocked = _blocked(table, held, there)
    if blocked:
        return Step(name, Change.BLOCKED, blocked, table, held)
    if held is None or there is None:
        return Step(name, Change.NEW, f"{len(table.view.columns)} columns", table, held)
    added = [column for column in table.table.columns if column not in there]
    found = _change(table, held, added)
    if found is None:
        return None
    left = [column for column in held.kinds if column not in table.table.columns]
    told = (found[1], *(f"column {one} is added" for one in added), *(f"column {one} is left empty" for one in left))
    return Step(name, found[0], "; ".join(told), table, held, added)


def _change(table: ViewTable, held: Registered, added: Sequence[str]) -> tuple[Change, str] | None:
    if held.state is State.ORPHANED:
        return Change.RETURNED, "its view is there again; the table is emptied and filled"
    if table.fingerprint == held.fingerprint and not added:
        unfinished = Change.UNFINISHED, "not all resources have their rows yet"
        return unfinished if held.state is State.FILLING else None
    if held.resource_type == table.view.resource and fingerprint(table.view.definition, held.kinds) == held.fingerprint:
        return Change.WIDER, "the view has further columns"
    return Change.CHANGED, "the view gives other rows"


def _blocked(table: ViewTable, held: Registered | None, there: Columns | None) -> str:
    if there is None:
        return ""
    if held is None:
        return "a table of this name is there, and is no view's - give the view another name, or rename the table"
    for column, kind in table.table.columns.items():
        if column in there and there[column] is not kind:
            what = f"its column {column} holds {there[column] or 'something else'}, the view's {kind}"
            return f"{what} - give the view's column another name"
    return ""
