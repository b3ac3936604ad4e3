"""A dead letter as it is told of: all but what its message says."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from engine.bus.record import Position, Record
from engine.canonical import dead, resolution
from engine.canonical.resolution import Resolutions, Verdict

OPEN = "open"
"""The state of a letter of which nothing is decided."""


class Letter(NamedTuple):
    """One letter; `raw` is None for a message that the listener did not accept, `state` open or a verdict."""

    position: Position
    time_us: int
    reason: str
    stage: str
    where: str
    detail: str
    facility: str
    message_type: str
    raw: Position | None
    size: int
    attempts: int
    state: str = OPEN


def read_letter(record: Record, resolutions: Resolutions) -> Letter:
    """The letter that a record of `dead` is, as it stands now."""
    raw = dead.raw_position(record)
    decided = resolutions.of(record.position, raw)
    again = sum(one.verdict is Verdict.FAILED for one in decided)
    return Letter(
        position=record.position,
        time_us=_number(record.text("dead_time")),
        reason=record.text("dead_reason"),
        stage=record.text("dead_stage"),
        where=record.text("dead_where"),
        detail=record.text("dead_detail"),
        facility=record.text("facility") or record.text("ce_source").removeprefix("/facility/"),
        message_type=record.text("type") or record.text("ce_type"),
        raw=raw,
        size=len(record.value),
        attempts=max(_number(record.text("dead_attempts")), 1) + again,
        state=resolutions.verdict(record.position, raw) or OPEN,
    )


def read_resolutions(records: Iterable[Record]) -> Resolutions:
    """What the records of `resolutions` say; one that says nothing is passed over."""
    known = []
    for record in records:
        with suppress(ValueError):
            known.append(resolution.decode(record))
    return Resolutions(known)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
