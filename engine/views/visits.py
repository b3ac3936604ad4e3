"""Visits: the ways of several columns walked at once from one element, each common hop once.

A visit knows the shapes that FHIR's JSON has. Where it meets another it raises Odd, and each path runs by itself and
decides what such an element gives; so a visit has no rules of its own for what is odd.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

from engine.views.branches import Branch, Stop, grow
from engine.views.puts import ANY, Visit, plain_types, put_of
from engine.views.walks import Edge, cases, first_member, walk
from engine.views.ways import Equal, Hop, Member, Reaches, Take, Way


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
    edges: dict[str, Edge] = {}
    texts: dict[str, dict[str, Visit]] = {}
    for hop, below in branch.below.items():
        match hop:
            case Member(key, False):
                edges[key] = _edge(below)
            case Member(key):
                yield first_member(key, visit_of(below))
            case Equal(key, text):
                texts.setdefault(key, {})[text] = visit_of(below)
            case Reaches(hops):
                yield _reaching(hops, visit_of(below))
    if edges:
        yield walk(edges)
    for key, known in texts.items():
        yield cases(key, known)


def _edge(below: Branch) -> Edge:
    if len(below.stops) == 1 and not below.below:
        return Edge(plain_types(below.stops[0]), below.stops[0].place, visit_of(below))
    return Edge((), 0, visit_of(below))


def _reaching(hops: tuple[Hop, ...], below: Visit) -> Visit:
    """On where the hops lead to anything: a visit of its own finds that out, in a row of one place."""
    look = visit_of(grow([Stop(Way(hops, Take.FIRST), 0, ANY)]))

    def visit(element: Any, row: list[Any]) -> None:
        found: list[Any] = [None]
        look(element, found)
        if found[0] is not None:
            below(element, row)

    return visit
