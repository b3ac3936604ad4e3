"""Message rows: a value of the segment arrives in the resource that the guide names, and the references stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.commands.conformance.aims import Aim, Placement, Probe
from engine.commands.conformance.judge import Context, Verdict, expectation, first, shown
from engine.commands.conformance.kinds import Kind
from engine.commands.conformance.look import Output
from engine.commands.conformance.places import placed
from engine.commands.conformance.probe import build
from engine.commands.conformance.rows import Row
from engine.commands.conformance.segments import aim_of, codes_of, target_of
from engine.commands.conformance.targets import Target, parse_target
from engine.commands.conformance.tokens import field_type
from engine.hl7.dictionary import VERSIONS, field_count

_REFERENCE = re.compile(r'([A-Za-z]\S*?)\s*=\s*("[^"]*"|[A-Z]\w*(?:\[[^\]]*\])?(?:\.id)?)')


class Link(NamedTuple):
    """A reference that a row names: where it stands, and the type that it leads to, or a constant."""

    says: str
    target: Target
    kind: str
    constant: str = ""


def judge_message(row: Row, context: Context) -> Verdict:
    """Probe a message row with each row of its segment map, until a value arrives with all references."""
    return first(_tries(row, context), row, "the guide's map of this segment has no row to probe")


def links_of(row: Row) -> list[Link]:
    """The references of a row."""
    return [_link(match) for match in _REFERENCE.finditer(row.references)]


def _link(match: re.Match[str]) -> Link:
    place = re.sub(r"(?<=[a-z\])])\.(reference|id)(?=\Z|\))", "", match[1])
    if match[2].startswith('"'):
        return Link(match[0], parse_target(place), "", match[2].strip('"'))
    return Link(match[0], parse_target(place), re.split(r"[\[.]", match[2])[0])


def _tries(row: Row, context: Context) -> Iterator[Verdict]:
    target = parse_target(row.target)
    for placement in placed(row, context):
        if target.constant:
            probe = build(placement, Aim(row.type.strip("[{ }]")), (), [placement.reading], context.readings)
            yield _conclude(row, target, context, probe, None)
        elif row.type_map:
            yield from _by_map(row, target, placement, context)
        else:
            yield from _by_field(row, target, placement, context)


def _by_map(row: Row, target: Target, placement: Placement, context: Context) -> Iterator[Verdict]:
    for one in context.guide.of(Kind.SEGMENT):
        if one.map == row.type_map and not one.is_placeholder:
            codes = codes_of(one, context)
            aim = aim_of(one, codes[-1].path or codes[-1].target if codes else "")
            for needs in context.needs(one):
                readings = [placement.reading, context.readings.of(one)]
                probe = build(placement, aim, needs, readings, context.readings)
                code = context.readings.of(one).expect or codes[-1].target if codes else ""
                yield _conclude(row, target, context, probe, one, code)


def _by_field(row: Row, target: Target, placement: Placement, context: Context) -> Iterator[Verdict]:
    segment = row.type.strip("[{ }]")
    for number in range(1, max(field_count(segment, version) for version in VERSIONS) + 1):
        aim = Aim(segment, number, datatype=field_type(segment, number))
        yield _conclude(row, target, context, build(placement, aim, (), [placement.reading], context.readings), None)


def _conclude(row: Row, target: Target, context: Context, probe: Probe, by: Row | None, code: str = "") -> Verdict:
    output = context.run(probe.message)
    way = f"with {by.id} ({by.path})" if by else ""
    if isinstance(output, str):
        return Verdict(row, False, way, probe.message, row.target, output)
    nodes = output.at(target)
    holders = [one for one in nodes if _arrived(one, output, target, probe, by, context, code)]
    missing = [link.says for link in links_of(row) if not _stands(link, output, target, holders)]
    says = f"{row.target}: a value of {by.path or by.map}" if by else row.target
    says += "".join(f"; {one}" for one in missing)
    return Verdict(
        row, bool(holders) and not missing, way, probe.message, says, holders or shown(output, target.root, nodes)
    )


def _arrived(
    node: Any, output: Output, target: Target, probe: Probe, by: Row | None, context: Context, code: str
) -> bool:
    """Whether what the probe sent is in a resource, or what the row of its segment map says."""
    if target.constant:
        return bool(node == target.constant)
    if code:
        return output.holds(node, lambda value: value == code, 2)
    if probe.tokens and output.holds(node, lambda value: any(token.is_in(value) for token in probe.tokens)):
        return True
    if by is None or not by.assignment:
        return False
    inner = target_of(by)
    wanted = expectation(by, inner.constant, probe, context.readings.of(by))
    roots = [node] if inner.root == target.root and not target.steps else None
    return wanted.holds(output, output.at(inner, roots))


def _stands(link: Link, output: Output, target: Target, holders: list[Any]) -> bool:
    """Whether a reference stands: in the resource that the value arrived in, where it begins at one of that type."""
    own = link.target.root == target.root and not target.steps
    nodes = output.at(link.target, holders if own else None)
    if link.constant:
        return link.constant in nodes
    return any((found := output.follow(node)) is not None and found["resourceType"] == link.kind for node in nodes)
