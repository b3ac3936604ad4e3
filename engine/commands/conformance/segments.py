"""Segment rows: a value at the row's path arrives at its target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from engine.canonical import r4
from engine.commands.conformance.aims import Aim, Placement, Probe
from engine.commands.conformance.draft import spot
from engine.commands.conformance.expect import Expectation
from engine.commands.conformance.judge import Context, Verdict, Way, code_expected, expectation, first, shown
from engine.commands.conformance.kinds import Kind
from engine.commands.conformance.needs import Needs
from engine.commands.conformance.places import placements
from engine.commands.conformance.probe import build
from engine.commands.conformance.rows import Row
from engine.commands.conformance.targets import Target, parse_target
from engine.commands.conformance.tokens import field_type, parts


def judge_segment(row: Row, context: Context) -> Verdict:
    """Probe a segment row wherever its map is used, until one probe shows that it is covered."""
    target = target_of(row)
    return first(_tries(row, target, context), row, "no message mapping makes this resource from this segment")


def target_of(row: Row) -> Target:
    """The target of a row; where it is a resource that the row's datatype map makes another of, that one."""
    target = parse_target(row.target)
    made = row.type_map.partition("[")[2].removesuffix("]").split("-")[0]
    if not target.steps and r4.is_resource(made):
        return Target(made, ())
    return target


def aim_of(row: Row, value: str = "") -> Aim:
    """What a segment row fills: its field, with a value or with tokens."""
    segment, number, *_ = spot(row.path or row.map.partition("[")[0])
    return Aim(segment, number, spot(row.path).place if row.path else (0, 0), datatype_of(row), value)


def datatype_of(row: Row) -> str:
    """The datatype of a row's field: as the guide has it, or the standard."""
    segment, number, *_ = spot(row.path or row.map.partition("[")[0])
    if row.type == "varies" or parts(row.type) or not number:
        return row.type or "ST"
    return row.type or field_type(segment, number)


def codes_of(row: Row, context: Context) -> list[Row]:
    """Two codes of the row's table that lead to different ones, as far as it has them."""
    if not row.vocabulary:
        return []
    found: dict[str, Row] = {}
    for one in context.guide.of(Kind.TABLE):
        if one.map == row.vocabulary:
            found.setdefault(one.target, one)
    sent = [one for one in found.values() if one.path] or list(found.values())
    return sent[:2]


def ways(row: Row, context: Context) -> Iterator[Way]:
    """The ways to send codes through a row."""
    target = target_of(row)
    for placement in placements(row.map, context):
        for needs in context.needs(row):
            yield partial(_try_code, row, target, context, placement, needs)
            if len(parts(datatype_of(row))) > len("CWE"):
                yield partial(_try_alone, row, target, context, placement, needs)


def _tries(row: Row, target: Target, context: Context) -> Iterator[Verdict]:
    reading = context.readings.of(row)
    codes = [] if reading.expect or row.assignment else codes_of(row, context)
    for placement in placements(row.map, context):
        for needs in context.needs(row):
            if not codes:
                yield _try(row, target, context, placement, needs)
                continue
            tried = [_try_code(row, target, context, placement, needs, code, whole=False) for code in codes]
            yield next((one for one in tried if not one.is_covered), tried[-1])


def _try(row: Row, target: Target, context: Context, placement: Placement, needs: Needs) -> Verdict:
    reading = context.readings.of(row)
    probe = build(placement, aim_of(row), needs, (placement.reading, reading), context.readings)
    return conclude(row, target, context, probe, expectation(row, target.constant, probe, reading))


def _try_code(
    row: Row,
    target: Target,
    context: Context,
    placement: Placement,
    needs: Needs,
    code: Row,
    *,
    whole: bool = True,
    with_system: bool = False,
) -> Verdict:
    reading = context.readings.of(row)
    aim = aim_of(row, code.path or code.target)
    if with_system:
        aim = replace(aim, system=code.fhir_type)
    if (aim.segment, aim.field) == ("MSH", 9):
        placement = replace(placement, event=code.path)
    probe = build(placement, aim, needs, (placement.reading, reading), context.readings)
    return conclude(row, target, context, probe, code_expected(code, whole=whole))


def _try_alone(row: Row, target: Target, context: Context, placement: Placement, needs: Needs, code: Row) -> Verdict:
    """The same with the system beside a code of FHIR that no code of v2 leads to."""
    found = _try_code(row, target, context, placement, needs, code, with_system=not code.path)
    return replace(found, how=f"{found.how} with its system".strip()) if not code.path else found


def conclude(row: Row, target: Target, context: Context, probe: Probe, wanted: Expectation) -> Verdict:
    """Run a probe and look for what is wanted at a target."""
    says = f"{row.target}: {wanted.says}"
    output = context.run(probe.message)
    if isinstance(output, str):
        return Verdict(row, False, "", probe.message, says, output)
    nodes = output.at(target)
    return Verdict(row, wanted.holds(output, nodes), "", probe.message, says, shown(output, target.root, nodes))
