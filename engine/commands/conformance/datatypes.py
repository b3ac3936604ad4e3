"""Datatype rows: a component arrives where the datatype map says, through a field that the guide maps by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any, NamedTuple

from engine.canonical import r4
from engine.commands.conformance.conditions import Needs, spell
from engine.commands.conformance.draft import Place, spot
from engine.commands.conformance.judge import Context, Verdict, Way, code_expected, expectation, first, shown
from engine.commands.conformance.kinds import Kind
from engine.commands.conformance.look import Output
from engine.commands.conformance.places import placements
from engine.commands.conformance.probe import Aim, Placement, Probe, build
from engine.commands.conformance.readings import Reading
from engine.commands.conformance.rows import Guide, Row
from engine.commands.conformance.segments import aim_of, codes_of, target_of
from engine.commands.conformance.targets import parse_target
from engine.transforms.inline_tests import FACILITY

MOST_ROUTES = 16
MOST_PLACES = 3


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


def judge_datatype(row: Row, context: Context) -> Verdict:
    """Probe a datatype row through each field that uses its map, or directly where the guide uses it nowhere."""
    found = routes(context.guide, row.map)
    if not found:
        return first(_direct(row, context), row, f"the guide uses {row.map} nowhere, and no mapping is called so")
    return first(_tries(row, found, context), row, "no message mapping makes a resource from a segment that uses it")


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


def _tries(row: Row, found: Sequence[Route], context: Context) -> Iterator[Verdict]:
    for route in found:
        for placement in placements(route.segment.map, context)[:MOST_PLACES]:
            for needs in _needs(route, row, context):
                yield _try(row, route, placement, needs, context)


def _needs(route: Route, row: Row, context: Context) -> Iterator[Needs]:
    for outer in context.needs(route.segment):
        for between in context.needs(route.between) if route.between else [()]:
            for own in context.needs(row):
                yield (
                    *outer,
                    *_inside(between, (0, 0)),
                    *_inside(own, _place(route.between) if route.between else (0, 0)),
                )


def _inside(needs: Needs, place: Place) -> Needs:
    """Needs of a datatype as needs of the field that it is in."""
    if not place[0]:
        return needs
    return tuple(one._replace(path=f".{place[0]}{one.path}") if one.path.startswith(".") else one for one in needs)


def ways(row: Row, context: Context) -> Iterator[Way]:
    """The ways to send codes through a row."""
    for route in routes(context.guide, row.map):
        for placement in placements(route.segment.map, context)[:MOST_PLACES]:
            for needs in _needs(route, row, context):
                yield partial(_one, row, route, placement, needs, context, whole=True)


def _try(row: Row, route: Route, placement: Placement, needs: Needs, context: Context) -> Verdict:
    codes: list[Row | None] = [] if row.assignment else [*codes_of(row, context)]
    tried = [_one(row, route, placement, needs, context, code) for code in codes or [None]]
    return next((one for one in tried if not one.is_covered), tried[-1])


def _one(
    row: Row,
    route: Route,
    placement: Placement,
    needs: Needs,
    context: Context,
    code: Row | None,
    *,
    whole: bool = False,
) -> Verdict:
    probe = _probe(row, route, placement, needs, context, code)
    target = parse_target(row.target)
    reading = context.readings.of(row)
    wanted = code_expected(code, whole=whole) if code else expectation(row, target.constant, probe, reading)
    way = f"through {route.segment.id}" + (f" and {route.between.id}" if route.between else "")
    output = context.run(probe.message)
    says = f"{row.target} {way} ({route.segment.target}): {wanted.says}"
    if isinstance(output, str):
        return Verdict(row, False, way, probe.message, says, output)
    roots = nodes_of(route, target.root, output)
    nodes = output.at(target, roots)
    came = nodes or roots or shown(output, target_of(route.segment).root, [])
    return Verdict(row, wanted.holds(output, nodes), way, probe.message, says, came)


def nodes_of(route: Route, root: str, output: Output) -> list[Any]:
    """The nodes that a datatype map fills: those of the segment row, or the resources of its type."""
    if r4.is_resource(root):
        return list(output.of(root))
    nodes = output.at(target_of(route.segment))
    if route.between:
        between = parse_target(route.between.target)
        nodes = output.at(between, output.of(between.root) if r4.is_resource(between.root) else nodes)
    return nodes


def _probe(row: Row, route: Route, placement: Placement, needs: Needs, context: Context, code: Row | None) -> Probe:
    place = place_of(row, route)
    outer = _place(route.between) if route.between else (0, 0)
    readings = [
        placement.reading,
        context.readings.of(route.segment),
        *([context.readings.of(route.between)] if route.between else []),
        _moved(context.readings.of(row), outer),
    ]
    if code is not None:
        component, subcomponent = place
        path = f".{component or 1}" + (f".{subcomponent}" if subcomponent else "")
        readings.append(Reading({path: code.path or code.target}))
    return build(placement, replace(aim_of(route.segment), place=place), needs, readings, context.readings)


def _moved(reading: Reading, place: Place) -> Reading:
    """A reading of a datatype as one of the field that it is in."""
    if not place[0]:
        return reading
    fields = {f".{place[0]}{path}" if path.startswith(".") else path: value for path, value in reading.set.items()}
    cleared = tuple(f".{place[0]}{path}" if path.startswith(".") else path for path in reading.clear)
    return replace(reading, set=fields, clear=cleared)


def place_of(row: Row, route: Route) -> Place:
    """Where in the field the row's component is."""
    own, outer = _place(row), _place(route.between) if route.between else (0, 0)
    return (outer[0], own[0]) if outer[0] else own


def _place(row: Row) -> Place:
    path = spell(row.path) if row.path else ""
    return spot(path).place if path.startswith(".") else (0, 0)


def _direct(row: Row, context: Context) -> Iterator[Verdict]:
    """What a datatype mapping of the map's name makes of a value, where no row of the guide leads to it."""
    datatype, _, made = row.map.removesuffix("]").partition("[")
    name = f"{datatype}.{made}"
    if name not in context.mappings.sources.datatypes:
        return
    for needs in context.needs(row):
        yield _make(row, name, datatype, needs, context)


def _make(row: Row, name: str, datatype: str, needs: Needs, context: Context) -> Verdict:
    reading, codes = context.readings.of(row), codes_of(row, context)
    if codes:
        reading = replace(reading, set={spell(row.path): codes[0].path or codes[0].target})
    probe = build(
        Placement("ADT", "A01", "ADT_A01.ZZZ", needs),
        Aim("ZZZ", 1, _place(row), datatype),
        (),
        [reading],
        context.readings,
    )
    value = probe.message.rstrip("\r").rpartition("ZZZ|")[2]
    body = context.mappings.standard.make(name, value, FACILITY)
    target = parse_target(row.target)
    output = Output([])
    nodes = output.at(target, [body] if body is not None else [])
    wanted = code_expected(codes[0], whole=False) if codes else expectation(row, target.constant, probe, reading)
    return Verdict(row, wanted.holds(output, nodes), f"{name} alone", value, f"{row.target}: {wanted.says}", body)
