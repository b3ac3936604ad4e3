"""The cells of a row: a column's path, held to one value and to its type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from engine.language.fault import Fault, Faults
from engine.views import kinds
from engine.views.compile import Path
from engine.views.definition import Column
from engine.views.step import RowError, Scope

Cell: TypeAlias = Callable[[Any, Scope], Any]

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


def compile_cell(column: Column, path: Path) -> Cell:
    """What a column holds for an element: one value or None, or a list where it is a collection."""
    allowed, name = _allowed(column.type)
    place = f"{column.path.mark}: column {column.name}"
    run = path.step.run

    def fit(value: Any) -> Any:
        if type(value) not in allowed:
            raise RowError(f"{place}: holds no {name} - correct the path, or the column's type")
        return value

    def single(item: Any, scope: Scope) -> Any:
        found = run(item, scope)
        if not found:
            return None
        if len(found) > 1:
            hint = "narrow it with first() or where(), or write collection: true"
            raise RowError(f"{place}: has {len(found)} values in one row - {hint}")
        return fit(found[0])

    def several(item: Any, scope: Scope) -> Any:
        return [fit(value) for value in run(item, scope)]

    return several if column.collection else single


def _allowed(name: str) -> tuple[tuple[type, ...], str]:
    if not name:
        return (bool, int, float, str), "primitive value"
    return next(((types, word) for known, types, word in _JSON if name in known), ((dict,), name))
