"""Datatype rows: a component arrives where the datatype map says, through a field that the guide maps by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from engine.commands.conformance.aims import Aim, Placement, Probe
from engine.commands.conformance.judge import Context, Verdict, Way, code_expected, expectation, first, shown
from engine.commands.conformance.look import Output
from engine.commands.conformance.needs import Needs, spell
from engine.commands.conformance.places import placements
from engine.commands.conformance.probe import build
from engine.commands.conformance.readings import Reading
from engine.commands.conformance.routes import Route, moved, needs_of, nodes_of, place_in, place_of, routes, same_place
from engine.commands.conformance.rows import Row
from engine.commands.conformance.segments import aim_of, codes_of, target_of
from engine.commands.conformance.targets import parse_target
from engine.transforms.inline_tests import FACILITY

MOST_PLACES = 3


def judge_datatype(row: Row, context: Context) -> Verdict:
    """Probe a datatype row through each field that uses its map, or directly where the guide uses it nowhere."""
    found = routes(context.guide, row.map)
    if not found:
        return first(_direct(row, context), row, f"the guide uses {row.map} nowhere, and no mapping is called so")
    return first(_tries(row, found, context), row, "no message mapping makes a resource from a segment that uses it")


def _tries(row: Row, found: Sequence[Route], context: Context) -> Iterator[Verdict]:
    for route in found:
        for placement in placements(route.segment.map, context)[:MOST_PLACES]:
            for needs in needs_of(route, row, context):
                yield _try(row, route, placement, needs, context)


def ways(row: Row, context: Context) -> Iterator[Way]:
    """The ways to send codes through a row."""
    for route in routes(context.guide, row.map):
        for placement in placements(route.segment.map, context)[:MOST_PLACES]:
            for needs in needs_of(route, row, context):
                yield partial(_one, row, route, placement, needs, context, whole=True)


def _try(row: Row, route: Route, placement: Placement, needs: Needs, context: Context) -> Verdict:
    codes: list[Row | None] = [] if row.assignment else [*_codes(row, route, context)]
    tried = [_one(row, route, placement, needs, context, code) for code in codes or [None]]
    return next((one for one in tried if not one.is_covered), tried[-1])


def _codes(row: Row, route: Route, context: Context) -> list[Row]:
    """Codes to send: of the row's own table, else, where the row is the value itself, of the table around it."""
    own = codes_of(row, context)
    is_value = parse_target(row.target).steps in ((), ("$value",))
    return own or (codes_of(route.between or route.segment, context) if is_value else [])


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
    nodes = output.at(target, roots) or same_place(target, route, roots)
    came = nodes or roots or shown(output, target_of(route.segment).root, [])
    return Verdict(row, wanted.holds(output, nodes), way, probe.message, says, came)


def _probe(row: Row, route: Route, placement: Placement, needs: Needs, context: Context, code: Row | None) -> Probe:
    place = place_of(row, route)
    outer = place_in(route.between) if route.between else (0, 0)
    readings = [
        placement.reading,
        context.readings.of(route.segment),
        *([context.readings.of(route.between)] if route.between else []),
        moved(context.readings.of(row), outer),
    ]
    if code is not None:
        component, subcomponent = place
        path = f".{component or 1}" + (f".{subcomponent}" if subcomponent else "")
        readings.append(Reading({path: code.path or code.target}))
    return build(placement, replace(aim_of(route.segment), place=place, base=outer), needs, readings, context.readings)


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
        Aim("ZZZ", 1, place_in(row), datatype),
        (),
        [reading],
        context.readings,
    )
    value = probe.message.rstrip("\r").rpartition("ZZZ|")[2]
    body = context.mappings.standard.make(name, value, FACILITY)
    target = parse_target(row.target)
    output = Output([])
    roots = [body] if body is not None else []
    tails = (output.at(target._replace(steps=target.steps[number:]), roots) for number in range(len(target.steps) or 1))
    nodes = next((found for found in tails if found), [])
    wanted = code_expected(codes[0], whole=False) if codes else expectation(row, target.constant, probe, reading)
    return Verdict(row, wanted.holds(output, nodes), f"{name} alone", value, f"{row.target}: {wanted.says}", body)
