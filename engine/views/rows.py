"""Selects compiled: from an element to rows, each a tuple in the order of the columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, product
from typing import Any, TypeAlias

from engine.views.columns import Cell, Rooted
from engine.views.step import RowError, Run, Scope

Row: TypeAlias = "tuple[Any, ...]"
Rows: TypeAlias = Callable[[Any, Scope], "list[Row]"]

DEEPEST = 128
"""Levels that `repeat` goes down: a path that leads back to its own element would never end."""


def cells(columns: Sequence[Rooted]) -> Rows:
    """One row of these cells; those are passed over whose root an object lacks, for most resources say little."""
    all_cells = [column.cell for column in columns]

    def rows(item: Any, scope: Scope) -> list[Row]:
        if type(item) is not dict:
            return [tuple([cell(item, scope) for cell in all_cells])]
        return [tuple([cell(item, scope) if not root or root in item else None for cell, root in columns])]

    return rows


def joined(parts: Sequence[Rows]) -> Rows:
    """Every row of one part with every row of the others."""
    if len(parts) == 1:
        return parts[0]

    def rows(item: Any, scope: Scope) -> list[Row]:
        found: list[list[Row]] = []
        for part in parts:
            some = part(item, scope)
            if not some:
                return []
            found.append(some)
        return [tuple(chain.from_iterable(row)) for row in product(*found)]

    return rows


def united(branches: Sequence[Rows]) -> Rows:
    """The rows of all branches, one after the other."""
    return lambda item, scope: [row for branch in branches for row in branch(item, scope)]


def iterated(elements: Run, inner: Rows) -> Rows:
    """The rows of each element, which sees its place as `%rowIndex`."""

    def rows(item: Any, scope: Scope) -> list[Row]:
        found: list[Row] = []
        for index, element in enumerate(elements(item, scope)):
            found += inner(element, Scope(scope.resource, index))
        return found

    return rows


def iterated_or_blank(elements: Run, inner: Rows, blank: Sequence[Cell | None]) -> Rows:
    """The same, and a blank row where there is no element: its cells that count rows say 0, all others None."""

    def rows(item: Any, scope: Scope) -> list[Row]:
        found: list[Row] = []
        some = elements(item, scope)
        for index, element in enumerate(some):
            found += inner(element, Scope(scope.resource, index))
        zero = Scope(scope.resource, 0)
        return found if some else [tuple([cell and cell(None, zero) for cell in blank])]

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
