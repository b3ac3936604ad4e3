"""`engine warehouse`: the warehouse's tables beside the views that they are of, and brought up to them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

import orjson
from rich.table import Table

from engine.commands.explain.shown import wide_console
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.loaders.defining import define
from engine.loaders.evolution import Change, Step, apply
from engine.loaders.filling import Filling
from engine.loaders.migrations import due
from engine.loaders.standing import plan_views, read_migration, read_views
from engine.loaders.starting import refuse
from engine.loaders.view_registry import State
from engine.loaders.view_rows import ViewRows
from engine.loaders.view_tables import ViewTable
from engine.loaders.warehouse import Reader, Warehouse, WarehouseError
from engine.parts import now_us, open_reader, open_warehouse, view_tables

DIFFERENT, FAILED = 1, 3
BATCH = 10_000
"""Resources a transaction, as nobody waits for the next one."""


def plan_warehouse(settings: Settings, as_json: bool) -> int:
    """Print what is to be done; 1 if something is. Raises Faults for views that are at fault."""
    views = view_tables(settings)
    reader = open_reader(settings)
    try:
        changes = [one.name for one in due(settings.warehouse.kind, read_migration(reader))]
        steps = plan_views(reader, views)
        (_print_json if as_json else _print)(changes, steps)
        _note_orphans(reader, views)
    finally:
        reader.close()
    return DIFFERENT if changes or steps else 0


def apply_warehouse(settings: Settings) -> int:
    """Do it, fill the tables, and say so; raises Faults, and changes no view's table, where something is in the way."""
    views = view_tables(settings)
    try:
        warehouse = open_warehouse(settings)
        try:
            warehouse.migrate()
            steps = plan_views(warehouse, views)
            refuse(step for step in steps if step.change is Change.BLOCKED)
            apply(warehouse, steps, now_us())
            define(warehouse, views, read_registry(settings.registry_file()))
            _print([], steps)
            _fill(warehouse, views)
            _note_orphans(warehouse, views)
        finally:
            warehouse.close()
    except WarehouseError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    return 0


def _fill(warehouse: Warehouse, views: Sequence[ViewTable]) -> None:
    """Fill until every table is whole, and tell how far it came after each batch."""
    done, unfit = Counter[str](), Counter[str]()
    rows = ViewRows(views, lambda view: unfit.update([view]))
    filling = Filling(warehouse, views, rows, now_us, BATCH)
    while step := filling.step():
        done[step.view] += step.resources
        told = f"{step.view}: {done[step.view]:,} resources" + (", whole" if step.is_whole else "")
        sys.stdout.write(f"{told}{_without(unfit[step.view]) if step.is_whole else ''}\n")
        sys.stdout.flush()


def _without(unfit: int) -> str:
    return f", {unfit:,} of them do not fit and have no rows" if unfit else ""


def _print(changes: Sequence[str], steps: Sequence[Step]) -> None:
    if not changes and not steps:
        sys.stdout.write("every table is as its view says\n")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("table", "change", "what"):
        table.add_column(column, overflow="fold")
    for name in changes:
        table.add_row("", "own tables", name)
    for step in steps:
        table.add_row(step.name, step.change.value, step.what)
    wide_console().print(table, markup=False)


def _print_json(changes: Sequence[str], steps: Sequence[Step]) -> None:
    told = [{"table": step.name, "change": step.change.value, "what": step.what} for step in steps]
    body = {"migrations": list(changes), "steps": told}
    sys.stdout.write(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() + "\n")


def _note_orphans(reader: Reader, views: Sequence[ViewTable]) -> None:
    wanted = {view.table.name for view in views}
    found = [
        held.name for held in read_views(reader).values() if held.state is State.ORPHANED and held.name not in wanted
    ]
    if found:
        sys.stderr.write(f"without a view, and kept as they are: {', '.join(sorted(found))}\n")
