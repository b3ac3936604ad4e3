"""Which raw messages a replay is about: those that every filter takes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any

import typer

from engine.bus.bus import Bus, read_topic
from engine.bus.pick import pick
from engine.bus.record import Position, Record
from engine.canonical import raw, receipt
from engine.canonical.letter import OPEN, Letter
from engine.commands.dead.selection import is_of_type, read_position
from engine.commands.moment import read_moment
from engine.hl7.delimiters import HeaderFault
from engine.hl7.header import read_header
from engine.parts import now_us
from engine.transforms.activation import read_activations

BLOCK = 4096
"""Messages whose generations stand in one array: four bytes each."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Filters over what was received, each of which takes all when it says nothing; `start` is where to go on."""

    since_us: int = 0
    until_us: int | None = None
    facility: str | None = None
    message_type: str | None = None
    control_id: str | None = None
    reasons: frozenset[str] = frozenset()
    version: str | None = None
    start: Position | None = None

    def takes(self, record: Record) -> bool:
        """Whether the record is to be transformed again, as far as the record itself tells."""
        received = record.text("received")
        received_us = int(received) if received.isdecimal() else 0
        return (
            (self.start is None or record.position >= self.start)
            and received_us >= self.since_us
            and (self.until_us is None or received_us < self.until_us)
            and self.facility in (None, record.text("facility"))
            and is_of_type(record.text("type"), self.message_type)
            and self.control_id in (None, _control_id(record.value))
        )

    def __str__(self) -> str:
        """The filters by name, for the audit trail; a control id is the sender's and is not told."""
        told = {one.name: getattr(self, one.name) for one in fields(self)} | {"control_id": bool(self.control_id)}
        return ", ".join(f"{name} {_spell(value)}" for name, value in told.items() if value) or "everything"


def read_choice(
    since: str | None,
    until: str | None,
    facility: str | None,
    message_type: str | None,
    control_id: str | None,
    reasons: Iterable[str],
    version: str | None,
    start: str | None,
) -> Choice:
    """The filters as they stand on the command line; raises typer.BadParameter."""
    return Choice(
        read_moment(since, now_us()) if since else 0,
        read_moment(until, now_us()) if until else None,
        facility,
        message_type,
        control_id,
        frozenset(reasons),
        version,
        read_position(start) if start else None,
    )


def find_records(bus: Bus, choice: Choice, letters: Mapping[Position, Letter]) -> Iterator[Record]:
    """The raw records of a choice in order of their positions; raises BusError and typer.BadParameter.

    `letters` are the dead letters by raw record, the newest of each.
    """
    named = _named(bus, choice, letters)
    found = _all(bus) if named is None else pick(bus, named)
    yield from (record for record in found if choice.takes(record))


def _all(bus: Bus) -> Iterator[Record]:
    for partition, span in sorted(bus.spans(raw.TOPIC).items()):
        yield from bus.read(partition, span.first, span.next)


def _named(bus: Bus, choice: Choice, letters: Mapping[Position, Letter]) -> set[Position] | None:
    """The positions that dead letters and receipts leave over; None where no filter asks for them."""
    named: set[Position] | None = None
    if choice.reasons:
        named = {at for at, one in letters.items() if one.state == OPEN and one.reason in choice.reasons}
    if choice.version:
        made = set(_made_by(bus, choice.version))
        named = made if named is None else named & made
    return named


def _made_by(bus: Bus, version: str) -> Iterator[Position]:
    """The raw records that a version of the mappings was the last to transform."""
    generations = {one.generation for one in read_activations(bus) if one.version == version}
    if not generations:
        raise typer.BadParameter(f"no mappings {version!r} were put to work - `engine versions` lists those that were")
    for (partition, block), held in _newest(bus).items():
        for place, generation in enumerate(held):
            if generation in generations:
                yield Position(raw.TOPIC, partition, block * BLOCK + place)


def _newest(bus: Bus) -> dict[tuple[int, int], array[int]]:
    """The newest generation of each raw record that has a receipt."""
    held: dict[tuple[int, int], array[int]] = {}
    for record in read_topic(bus, receipt.TOPIC):
        with suppress(ValueError, KeyError):
            origin = receipt.decode(record).origin
            block, place = divmod(origin.raw.offset, BLOCK)
            found = held.setdefault((origin.raw.partition, block), array("i", bytes(4 * BLOCK)))
            found[place] = max(found[place], origin.generation)
    return held


def _control_id(payload: bytes) -> str | None:
    try:
        return read_header(payload).control_id.decode("utf-8", "surrogateescape")
    except HeaderFault:
        return None


def _spell(value: Any) -> str:
    return " ".join(sorted(value)) if isinstance(value, frozenset) else "" if value is True else str(value)
