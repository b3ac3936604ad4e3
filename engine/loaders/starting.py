"""What a loader does about the tables of its views before it loads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from engine.language.fault import Fault, Faults, Mark
from engine.loaders.evolution import BY_ITSELF, Change, Step, apply
from engine.loaders.standing import plan_views
from engine.loaders.view_tables import ViewTable
from engine.loaders.warehouse import Warehouse

log = structlog.get_logger("load")


def bring_up(warehouse: Warehouse, tables: Sequence[ViewTable], now_us: int) -> None:
    """Make the tables that are missing; raises Faults, and changes nothing, where more would have to change than that.

    Raises Overtaken when another process did so meanwhile.
    """
    steps = plan_views(warehouse, tables)
    refuse(step for step in steps if step.change not in BY_ITSELF)
    for step in steps:
        log.info("the table of a view is brought up to it", view=step.name, change=step.change.value, why=step.what)
    apply(warehouse, steps, now_us)


def refuse(steps: Iterable[Step]) -> None:
    """Raise Faults for steps that need a person."""
    faults = [_fault(step) for step in steps]
    if faults:
        raise Faults(faults)


def _fault(step: Step) -> Fault:
    mark = step.table.view.mark if step.table else Mark(f"mappings/views/{step.name}.yaml")
    if step.change is Change.BLOCKED:
        what, _, hint = step.what.partition(" - ")
        return Fault(mark, "V402", step.name, what, hint)
    hint = "see `engine warehouse plan`, then stop the loader and run `engine warehouse apply`"
    return Fault(mark, "V401", step.name, step.what, hint)
