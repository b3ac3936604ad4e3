"""What a replay would change: what the warehouse holds of messages beside what they come to now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from engine.bus.record import Position
from engine.canonical.dead import Reason
from engine.canonical.letter import Letter
from engine.canonical.receipt import Outcome, Receipt
from engine.canonical.resource import Origin, Resource
from engine.commands.batches import batched
from engine.commands.comparison import Differences
from engine.commands.corpus import Arrival
from engine.facilities.facility import Registry
from engine.loaders.warehouse import Reader
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import Refusal, Transformed, transform

BATCH = 100
"""Messages that one query asks about."""
MOST_ROWS = 100_000

COPY = "are copies of others, which count instead"
UNKNOWN = "are not loaded yet"

RECEIPTS = """
    select r.raw_part, r.raw_offset, r.outcome, r.reason,
        m.raw_topic <> r.raw_topic or m.raw_part <> r.raw_part or m.raw_offset <> r.raw_offset
    from receipts as r join messages as m on m.message_key = r.message_key
    where r.raw_topic = '{topic}' and ({places})
"""
EVENTS = """
    select h.raw_part, h.raw_offset, h.event_index, h.resource_type, h.id, h.body, h.deleted, h.inferred, h.weak
    from history as h join receipts as r
        on r.raw_topic = h.raw_topic and r.raw_part = h.raw_part and r.raw_offset = h.raw_offset
        and r.generation = h.generation
    where h.raw_topic = '{topic}' and ({places})
"""

_NOWHERE = Origin(Position("", 0, 0), "", "", "", "", 0, "", 0)


class Held(NamedTuple):
    """What the warehouse holds of one raw record; `is_copy`: another one counts in its place."""

    made: Transformed
    is_copy: bool


def preview(
    arrivals: Iterable[Arrival],
    reader: Reader,
    letters: Mapping[Position, Letter],
    found: Differences,
    mappings: MappingSet,
    registry: Registry,
) -> Counter[str]:
    """Note in `found` what would change; returns how many cannot be compared, by why. Raises WarehouseError."""
    aside: Counter[str] = Counter()
    for batch in batched(arrivals, BATCH):
        held = find_held(reader, [one.position for one in batch], letters)
        for arrival in batch:
            before = held.get(arrival.position)
            if before is None or before.is_copy:
                aside[COPY if before else UNKNOWN] += 1
                continue
            facility = registry.by_code(arrival.raw.facility)
            found.note(before.made, transform(arrival.raw, arrival.position, facility, mappings, 0), arrival.where)
    return aside


def find_held(
    reader: Reader, positions: Sequence[Position], letters: Mapping[Position, Letter]
) -> dict[Position, Held]:
    """What the warehouse holds of these raw records, which are of one topic."""
    events: dict[Position, list[Resource]] = {}
    for part, offset, *row in _ask(reader, EVENTS, positions):
        events.setdefault(Position(positions[0].topic, part, offset), []).append(_resource(*row))
    held = {}
    for part, offset, outcome, reason, is_copy in _ask(reader, RECEIPTS, positions):
        at = Position(positions[0].topic, part, offset)
        told = Receipt(_NOWHERE, "", Outcome(outcome))
        refusal = _refusal(reason, letters.get(at)) if outcome == Outcome.DEAD else None
        held[at] = Held(Transformed(tuple(events.get(at, ())), told, refusal), bool(is_copy))
    return held


def _refusal(reason: str, letter: Letter | None) -> Refusal:
    """As the receipt has it; the place stands in the letter alone."""
    return Refusal(Reason(reason), letter.where if letter and letter.reason == reason else "", "")


def _resource(place: int, kind: str, identity: str, body: Any, deleted: str, inferred: str, weak: bool) -> Resource:
    content = orjson.loads(body) if isinstance(body, str) else body
    return Resource(kind, identity, content, _NOWHERE, place, _names(deleted), _names(inferred), bool(weak))


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _ask(reader: Reader, query: str, positions: Sequence[Position]) -> Iterator[tuple[Any, ...]]:
    """The rows of these raw records, asked for in halves where they are too many for one answer."""
    by_part: dict[int, list[int]] = {}
    for position in positions:
        by_part.setdefault(position.partition, []).append(position.offset)
    alias = query.split(".raw_part", 1)[0].rsplit(maxsplit=1)[-1]
    places = " or ".join(
        f"({alias}.raw_part = {part} and {alias}.raw_offset in ({', '.join(map(str, offsets))}))"
        for part, offsets in by_part.items()
    )
    answer = reader.query(query.format(topic=positions[0].topic, places=places), MOST_ROWS)
    if answer.more and len(positions) > 1:
        middle = len(positions) // 2
        yield from _ask(reader, query, positions[:middle])
        yield from _ask(reader, query, positions[middle:])
    else:
        yield from answer.rows
