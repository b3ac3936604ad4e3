"""Selects compiled: from an element to rows, each a list of its own in the order of the columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from engine.views.branches import Stop, grow
from engine.views.columns import Cell, Held
from engine.views.puts import finish_of
from engine.views.step import RowError, Run, Scope
from engine.views.visits import visit_of
from engine.views.ways import Odd

Row: TypeAlias = "list[Any]"
Rows: TypeAlias = Callable[[Any, Any, int], "list[Row]"]
"""From an element, the whole resource, and the element's place in its iteration."""

DEEPEST = 128
"""Levels that `repeat` goes down: a path that leads back to its own element would never end."""


def cells(columns: Sequence[Held]) -> Rows:
    """One row of these cells: their ways are walked at once, unless something is odd, and all else runs by itself."""
    blank = [None] * len(columns)
    stops = [Stop(held.way, at, held.allowed) for at, held in enumerate(columns) if held.way]
    visit = visit_of(grow(stops))
    finishing = [(stop.place, finish) for stop in stops if (finish := finish_of(stop))]
    counting = [at for at, held in enumerate(columns) if held.counts]
    others = [(at, held.cell) for at, held in enumerate(columns) if not held.way and not held.counts]

    def rows(item: Any, resource: Any, place: int) -> list[Row]:
        row: Row = blank.copy()
        try:
            visit(item, row)
            for at, finish in finishing:
                row[at] = finish(row[at])
        except Odd:
            return [[held.cell(item, Scope(resource, place)) for held in columns]]
        for at in counting:
            row[at] = place
        for at, cell in others:
            row[at] = cell(item, Scope(resource, place))
        return [row]

    return rows


def joined(parts: Sequence[Rows]) -> Rows:
    """Every row of one part with every row of the others."""
    if len(parts) == 1:
        return parts[0]

    def rows(item: Any, resource: Any, place: int) -> list[Row]:
        found = parts[0](item, resource, place)
        for part in parts[1:]:
            if not found:
                break
            some = part(item, resource, place)
            found = [row + other for row in found for other in some]
        return found

    return rows


def united(branches: Sequence[Rows]) -> Rows:
    """The rows of all branches, one after the other."""
    return lambda item, resource, place: [row for branch in branches for row in branch(item, resource, place)]


def iterated(elements: Run, inner: Rows) -> Rows:
    """The rows of each element, which sees its place as `%rowIndex`."""

    def rows(item: Any, resource: Any, place: int) -> list[Row]:
        found: list[Row] = []
        for index, element in enumerate(elements(item, Scope(resource, place))):
            found += inner(element, resource, index)
        return found

    return rows


def iterated_or_blank(elements: Run, inner: Rows, blank: Sequence[Cell | None]) -> Rows:
    """The same, and a blank row where there is no element: its cells that count rows say 0, all others None."""

    def rows(item: Any, resource: Any, place: int) -> list[Row]:
        found: list[Row] = []
        some = elements(item, Scope(resource, place))
        for index, element in enumerate(some):
            found += inner(element, resource, index)
        zero = Scope(resource, 0)
        return found if some else [[cell and cell(None, zero) for cell in blank]]

    return rows


def repeated(first: Sequence[Run], below: Sequence[Run], place: str) -> Run:
    """The elements that the paths lead to, and from there again, each before those below it."""

    def descend(paths: Sequence[Run], item: Any, scope: Scope, depth: int) -> Iterator[Any]:
        if depth > DEEPEST:
            raise RowError(f"{place}: goes down more than {DEEPEST} levels - name elements below the repeated one")
        for path in paths:
            for element in path(item, scope):
                yield element
                yield from descend(below, element, scope, depth + 1)

    return lambda item, scope: list(descend(first, item, scope, 1))
