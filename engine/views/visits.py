"""Visits: the ways of several columns walked at once from one element, each common hop once.

A visit knows the shapes that FHIR's JSON has. Where it meets another it raises Odd, and each path runs by itself and
decides what such an element gives; so a visit has no rules of its own for what is odd.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any, NamedTuple

from engine.views.branches import Branch, Stop, grow
from engine.views.puts import ANY, Visit, plain_types, put_of
from engine.views.ways import Equal, Hop, Member, Odd, Reaches, Take, Way

MANY = 6
"""Members from which on those of an element are walked, and not those that are asked for: most elements say little."""


class _Edge(NamedTuple):
    """What a member leads to; a value of the `plain` types needs no visit where its `place` is empty."""

    plain: tuple[type, ...]
    place: int
    visit: Visit


def visit_of(branch: Branch) -> Visit:
    """One visit for all that a branch holds."""
    parts = [*map(put_of, branch.stops), *_onward(branch)]
    return reduce(_both, parts) if parts else _nothing


def _both(one: Visit, other: Visit) -> Visit:
    def visit(element: Any, row: list[Any]) -> None:
        one(element, row)
        other(element, row)

    return visit


def _nothing(element: Any, row: list[Any]) -> None:
    pass


def _onward(branch: Branch) -> Iterator[Visit]:
    edges: dict[str, _Edge] = {}
    cases: dict[str, dict[str, Visit]] = {}
    for hop, below in branch.below.items():
        match hop:
            case Member(key, False):
                edges[key] = _edge(below)
            case Member(key):
                yield _first_member(key, visit_of(below))
            case Equal(key, text):
                cases.setdefault(key, {})[text] = visit_of(below)
            case Reaches(hops):
                yield _reaching(hops, visit_of(below))
    if edges:
        yield _walk(edges)
    for key, texts in cases.items():
        yield _cases(key, texts)


def _edge(below: Branch) -> _Edge:
    if len(below.stops) == 1 and not below.below:
        return _Edge(plain_types(below.stops[0]), below.stops[0].place, visit_of(below))
    return _Edge((), 0, visit_of(below))


def _walk(edges: Mapping[str, _Edge]) -> Visit:
    if len(edges) == 1:
        return _member(*next(iter(edges.items())))
    return _many_members(edges) if len(edges) >= MANY else _members(edges)


def _member(key: str, edge: _Edge) -> Visit:
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


def _members(edges: Mapping[str, _Edge]) -> Visit:
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


def _many_members(edges: Mapping[str, _Edge]) -> Visit:
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


def _first_member(key: str, below: Visit) -> Visit:
    def visit(element: Any, row: list[Any]) -> None:
        if type(element) is not dict:
            raise Odd
        value = element.get(key)
        if type(value) is list:
            value = next((one for one in value if one is not None), None)
        if value is not None:
            below(value, row)

    return visit


def _cases(key: str, texts: Mapping[str, Visit]) -> Visit:
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


def _reaching(hops: tuple[Hop, ...], below: Visit) -> Visit:
    """On where the hops lead to anything: a visit of its own finds that out, in a row of one place."""
    look = visit_of(grow([Stop(Way(hops, Take.FIRST), 0, ANY)]))

    def visit(element: Any, row: list[Any]) -> None:
        found: list[Any] = [None]
        look(element, found)
        if found[0] is not None:
            below(element, row)

    return visit
