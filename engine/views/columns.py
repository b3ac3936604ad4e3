"""The cells of a row: a column's path, held to one value and to its type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from engine.language.fault import Fault, Faults
from engine.views import kinds
from engine.views.compile import Path
from engine.views.definition import Column
from engine.views.step import RowError, Scope

Cell: TypeAlias = Callable[[Any, Scope], Any]


class Rooted(NamedTuple):
    """A cell, and the member without which a JSON object has None there; "" where that is known of none."""

    cell: Cell
    root: str


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


def compile_cell(column: Column, path: Path) -> Rooted:
    """What a column holds for an element: one value or None, or a list where it is a collection."""
    if column.collection:
        return Rooted(_several(column, path), "")
    return Rooted(_single(column, path), path.step.root)


def _single(column: Column, path: Path) -> Cell:
    allowed, name = _allowed(column.type)
    run = path.step.run
    place = f"{column.path.mark}: column {column.name}"

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


def _several(column: Column, path: Path) -> Cell:
    allowed, name = _allowed(column.type)
    run = path.step.run
    place = f"{column.path.mark}: column {column.name}"

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
