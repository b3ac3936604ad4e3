"""Messages to look at: out of files, or as a home has kept them in `hl7.raw`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engine.bus.bus import Bus
from engine.bus.record import Position
from engine.canonical import raw
from engine.canonical.raw import Raw
from engine.commands.message_files import header_of, outgoing_of
from engine.commands.terminal import Console
from engine.facilities.facility import Registry
from engine.listeners.intake import Intake

PATIENCE = 2.0
"""Seconds before progress is shown."""

Item = TypeVar("Item")


class Arrival(NamedTuple):
    """One message, and where it came from: file and number, or the time and position of its raw record."""

    raw: Raw
    position: Position
    where: str


def read_files(paths: Sequence[Path], registry: Registry, facility: str | None) -> Iterator[Arrival]:
    """The messages of files, as if they arrived; of `facility`, or of the one that MSH-4 claims.

    They are received at the beginning of 1970, so that the same files are the same messages at any time.
    """
    intake = Intake(registry, bytes(32), "command")
    for number, outgoing in enumerate(outgoing_of(paths)):
        message = intake.raw(outgoing.payload, header_of(outgoing.payload), 0)
        message = message._replace(facility=facility) if facility else message
        yield Arrival(message, Position(raw.TOPIC, 0, number), str(outgoing))


def read_raw(bus: Bus, facility: str | None) -> Iterator[Arrival]:
    """The messages of `hl7.raw` as it is now, those of one facility where one is named; raises BusError."""
    for partition, span in sorted(bus.spans(raw.TOPIC).items()):
        for record in bus.read(partition, span.first, span.next):
            try:
                message = raw.decode(record)
            except ValueError:
                continue  # a record that is no raw message, which the dead letters tell of
            if facility in (None, message.facility):
                when = datetime.fromtimestamp(message.received_us / 1_000_000, UTC)
                yield Arrival(message, record.position, f"{when.isoformat(timespec='seconds')} {record.position}")


def raw_count(bus: Bus) -> int:
    """How many records `hl7.raw` holds now; raises BusError."""
    return sum(span.next - span.first for span in bus.spans(raw.TOPIC).values())


def shown(items: Iterable[Item], doing: str, total: int | None) -> Iterator[Item]:
    """The items, with progress on stderr once it takes long."""
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    task = progress.add_task(doing, total=total)
    began = time.monotonic()
    try:
        for number, item in zip(count(), items, strict=False):
            if not progress.live.is_started and time.monotonic() - began > PATIENCE:
                progress.start()
            progress.update(task, completed=number)
            yield item
    finally:
        if progress.live.is_started:
            progress.stop()
