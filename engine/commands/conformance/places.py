"""The placements of a segment map: where the guide's messages use it, and where the shipped ones make its resource."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from engine.commands.conformance.aims import Placement
from engine.commands.conformance.judge import Context
from engine.commands.conformance.kinds import Kind
from engine.commands.conformance.rows import Row
from engine.commands.conformance.structures import name_of, places
from engine.transforms.mapping import MessageMapping

MOST = 24


@lru_cache(maxsize=1024)
def placements(map_name: str, context: Context) -> tuple[Placement, ...]:
    """Where a probe for a segment map may stand, the guide's own places first."""
    told = [one for row in context.guide.of(Kind.MESSAGE) if row.type_map == map_name for one in placed(row, context)]
    return tuple(
        {(one.code, one.event, one.path, one.needs): one for one in (*told, *_shipped(map_name, context))}.values()
    )[:MOST]


def placed(row: Row, context: Context) -> Iterator[Placement]:
    """The placements of a message row, one for each way to satisfy its condition."""
    code, event = row.map.split("_")
    for needs in context.needs(row):
        yield Placement(code, event, row.path, needs, context.readings.of(row))


def _shipped(map_name: str, context: Context) -> Iterator[Placement]:
    segment, _, made = map_name.removesuffix("]").partition("[")
    kind = made.split("-")[0]
    for message in context.mappings.sources.messages:
        if _uses(message, segment, kind):
            event = message.events[0]
            for slot in places(name_of(message.code, event), segment):
                groups = [group.split("_", 2)[-1] for group in slot.groups]
                yield Placement(message.code, event, ".".join([message.name, *groups, segment]))


def _uses(message: MessageMapping, segment: str, kind: str) -> bool:
    rules = [rule for group in message.body.walk() for rule in group.resources]
    named = [name for rule in rules for name in (rule.segment, *(one.segment for one in rule.also))]
    return any(name.split(".")[0] == segment for name in named) and any(rule.type == kind for rule in rules)
