"""The cells of a row: a column's path, held to one value and to its type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from engine.language.fault import Fault, Faults
from engine.views import kinds
from engine.views.compile import Path
from engine.views.definition import Column
from engine.views.functions import row_index
from engine.views.step import RowError, Run, Scope
from engine.views.ways import Way

Cell: TypeAlias = Callable[[Any, Scope], Any]


class Held(NamedTuple):
    """What a column holds for an element: the cell, the way to it where there is one, and the types it may have.

    One that `counts` is the place of the element and nothing else.
    """

    cell: Cell
    way: Way | None
    allowed: tuple[type, ...]
    counts: bool = False


_JSON: tuple[tuple[frozenset[str], tuple[type, ...], str], ...] = (
    (kinds.BOOLEAN, (bool,), "boolean"),
    (kinds.INTEGERS, (int,), "integer"),
    (kinds.NUMBERS, (int, float), "decimal"),
    (kinds.PRIMITIVES, (str,), "text"),
)


def check_type(column: Column, path: Path) -> None:
    """Raise Faults where the path cannot give what the column says, or gives a complex type that it does not say."""
    types = path.step.types
    kind, wanted = kinds.kind_of(types), kinds.kind_of(frozenset({column.type}) if column.type else None)
    is_wider = wanted == "text" and kind in ("date", "time")
    if column.type and kind and kind != wanted and not is_wider:
        what = f"the path gives {' or '.join(sorted(types or ()))}, no {column.type}"
        raise Faults([Fault(column.path.mark, "V112", column.name, what, "write the type that the path gives")])
    if kind == "complex" and not column.type:
        hint = f"go on to an element of it, or write type: {min(types or {'its type'})}"
        raise Faults([Fault(column.path.mark, "V112", column.name, "the path gives no primitive value", hint)])


def compile_cell(column: Column, path: Path) -> Held:
    """What a column holds for an element: one value or None, or a list where it is a collection."""
    allowed, name = _allowed(column.type)
    place = f"{column.path.mark}: column {column.name}"
    if column.collection:
        return Held(_several(path.step.run, place, allowed, name), None, allowed)
    run = path.step.run
    return Held(_single(run, place, allowed, name), path.step.way, allowed, run is row_index and int in allowed)


def _single(run: Run, place: str, allowed: tuple[type, ...], name: str) -> Cell:
    def single(item: Any, scope: Scope) -> Any:
        found = run(item, scope)
        if not found:
            return None
        if len(found) > 1:
            hint = "narrow it with first() or where(), or write collection: true"
            raise RowError(f"{place}: has {len(found)} values in one row - {hint}")
        if type(found[0]) not in allowed:
            raise RowError(_misfit(place, name))
        return found[0]

    return single


def _several(run: Run, place: str, allowed: tuple[type, ...], name: str) -> Cell:
    def several(item: Any, scope: Scope) -> Any:
        found = run(item, scope)
        if any(type(value) not in allowed for value in found):
            raise RowError(_misfit(place, name))
        return list(found)

    return several


def _misfit(place: str, name: str) -> str:
    return f"{place}: holds no {name} - correct the path, or the column's type"


def _allowed(name: str) -> tuple[tuple[type, ...], str]:
    if not name:
        return (bool, int, float, str), "primitive value"
    return next(((types, word) for known, types, word in _JSON if name in known), ((dict,), name))
