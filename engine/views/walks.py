"""The steps of a visit: from an element on to what its members hold. What most resources do not have costs nothing.

What is done with a member is written out in each of the three walks: a call for each is what they spare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.views.puts import Visit
from engine.views.ways import Odd

MANY = 6
"""Members from which on those of an element are walked, and not those that are asked for: most elements say little."""


class Edge(NamedTuple):
    """What a member leads to; a value of the `plain` types needs no visit where its `place` is empty."""

    plain: tuple[type, ...]
    place: int
    visit: Visit


def walk(edges: Mapping[str, Edge]) -> Visit:
    """On to what members hold, each value of a list."""
    if len(edges) == 1:
        return _member(*next(iter(edges.items())))
    return _many_members(edges) if len(edges) >= MANY else _members(edges)


def _member(key: str, edge: Edge) -> Visit:
    plain, place, below = edge

    def visit(element: Any, row: list[Any]) -> None:
        if type(element) is not dict:
            raise Odd
        if key in element:
            value = element[key]
            if type(value) in plain and row[place] is None:
                row[place] = value
            elif type(value) is list:
                for one in value:
                    below(one, row)
            else:
                below(value, row)

    return visit


def _members(edges: Mapping[str, Edge]) -> Visit:
    told = [(key, *edge) for key, edge in edges.items()]

    def visit(element: Any, row: list[Any]) -> None:
        if type(element) is not dict:
            raise Odd
        for key, plain, place, below in told:
            if key in element:
                value = element[key]
                if type(value) in plain and row[place] is None:
                    row[place] = value
                elif type(value) is list:
                    for one in value:
                        below(one, row)
                else:
                    below(value, row)

    return visit


def _many_members(edges: Mapping[str, Edge]) -> Visit:
    def visit(element: Any, row: list[Any]) -> None:
        if type(element) is not dict:
            raise Odd
        for key, value in element.items():
            if key in edges:
                plain, place, below = edges[key]
                if type(value) in plain and row[place] is None:
                    row[place] = value
                elif type(value) is list:
                    for one in value:
                        below(one, row)
                else:
                    below(value, row)

    return visit


def first_member(key: str, below: Visit) -> Visit:
    """On to the first value of a member."""

    def visit(element: Any, row: list[Any]) -> None:
        if type(element) is not dict:
            raise Odd
        value = element.get(key)
        if type(value) is list:
            value = next((one for one in value if one is not None), None)
        if value is not None:
            below(value, row)

    return visit


def cases(key: str, texts: Mapping[str, Visit]) -> Visit:
    """On with an element by the text that a member holds."""

    def visit(element: Any, row: list[Any]) -> None:
        if type(element) is not dict:
            raise Odd
        value = element.get(key)
        if type(value) is str:
            if value in texts:
                texts[value](element, row)
        elif value is not None:
            raise Odd

    return visit
