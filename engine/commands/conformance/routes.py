"""The ways to a datatype map: the fields that the guide maps by it, and what lies between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from engine.canonical import r4
from engine.commands.conformance.draft import Place, spot
from engine.commands.conformance.judge import Context
from engine.commands.conformance.kinds import Kind
from engine.commands.conformance.look import Output
from engine.commands.conformance.needs import Needs, spell
from engine.commands.conformance.readings import Reading
from engine.commands.conformance.rows import Guide, Row
from engine.commands.conformance.segments import target_of
from engine.commands.conformance.targets import Target, parse_target

MOST_ROUTES = 16


class Route(NamedTuple):
    """How a datatype map is reached: the segment row, and the datatype row between, if one is."""

    segment: Row
    between: Row | None = None

    @property
    def weight(self) -> tuple[int, int, int]:
        """Routes that ask least come first."""
        rows = (self.segment, *([self.between] if self.between else []))
        return (
            sum(bool(one.vocabulary) for one in rows),
            sum(bool(one.condition or one.narrative) for one in rows),
            len(rows),
        )


@cache
def routes(guide: Guide, map_name: str) -> tuple[Route, ...]:
    """The ways to a datatype map from segment rows, the plainest first."""
    called = map_name.lower()
    users = [one for one in guide.rows if one.type_map.lower() == called and not one.is_placeholder]
    direct = [Route(one) for one in users if one.kind == Kind.SEGMENT]
    inner = [
        Route(outer.segment, one) for one in users if one.kind == Kind.DATATYPE for outer in _outer(guide, one.map)
    ]
    return tuple(sorted((*direct, *inner), key=lambda route: route.weight)[:MOST_ROUTES])


def _outer(guide: Guide, map_name: str) -> list[Route]:
    called = map_name.lower()
    users = [one for one in guide.of(Kind.SEGMENT) if one.type_map.lower() == called and not one.is_placeholder]
    return sorted((Route(one) for one in users), key=lambda route: route.weight)[:6]


def needs_of(route: Route, row: Row, context: Context) -> Iterator[Needs]:
    for outer in context.needs(route.segment):
        for between in context.needs(route.between) if route.between else [()]:
            for own in context.needs(row):
                yield (
                    *outer,
                    *_inside(between, (0, 0)),
                    *_inside(own, place_in(route.between) if route.between else (0, 0)),
                )


def _inside(needs: Needs, place: Place) -> Needs:
    """Needs of a datatype as needs of the field that it is in."""
    if not place[0]:
        return needs
    return tuple(one._replace(path=f".{place[0]}{one.path}") if one.path.startswith(".") else one for one in needs)


def same_place(target: Target, route: Route, roots: list[Any]) -> list[Any]:
    """The nodes themselves, where the outer target names the same last element: `reaction.manifestation.text`."""
    outer = parse_target((route.between or route.segment).target)
    if outer.steps[-1:] != target.steps[-1:] or any(isinstance(one, dict) for one in roots):
        return []
    return roots


def nodes_of(route: Route, root: str, output: Output) -> list[Any]:
    """The nodes that a datatype map fills: those of the segment row, or the resources of its type."""
    if r4.is_resource(root):
        return list(output.of(root))
    nodes = output.at(target_of(route.segment))
    if route.between:
        between = parse_target(route.between.target)
        if between.root == root:
            return nodes
        nodes = output.at(between, output.of(between.root) if r4.is_resource(between.root) else nodes)
    return nodes


def moved(reading: Reading, place: Place) -> Reading:
    """A reading of a datatype as one of the field that it is in."""
    if not place[0]:
        return reading
    fields = {f".{place[0]}{path}" if path.startswith(".") else path: value for path, value in reading.set.items()}
    cleared = tuple(f".{place[0]}{path}" if path.startswith(".") else path for path in reading.clear)
    return replace(reading, set=fields, clear=cleared)


def place_of(row: Row, route: Route) -> Place:
    """Where in the field the row's component is."""
    own, outer = place_in(row), place_in(route.between) if route.between else (0, 0)
    return (outer[0], own[0]) if outer[0] else own


def place_in(row: Row) -> Place:
    path = spell(row.path) if row.path else ""
    return spot(path).place if path.startswith(".") else (0, 0)
