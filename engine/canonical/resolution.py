"""Resolutions: what people decided about dead letters, and what came of it; a topic of its own, as letters stay.

A resolution is of a message: it holds for every letter of the same raw record up to the one it names, of which there
are several when a stage was killed in the middle or a later stage stopped the message too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from engine.bus.record import Position, Record

TOPIC = "resolutions"


class Verdict(StrEnum):
    """What became of a dead letter."""

    RETRIED = "retried"
    """Its message was transformed again, and passed."""
    FAILED = "failed"
    """Its message was transformed again, and stopped again: the letter is open as before."""
    RELEASED = "released"
    """Its key goes on without it on routes that wait to be told; the letter is open as before."""
    DROPPED = "dropped"
    """Somebody decided that it asks for nothing."""


ENDED = frozenset({Verdict.RETRIED, Verdict.DROPPED})
"""The verdicts after which a letter is open no longer."""


class Resolution(NamedTuple):
    """One decision: the newest letter that it is about, its raw record, who, when, and why or with which reason."""

    letter: Position
    raw: Position | None
    verdict: Verdict
    who: str
    at_us: int
    why: str = ""


class Resolutions:
    """What was decided of letters, looked up by letter."""

    def __init__(self, known: Iterable[Resolution] = ()) -> None:
        """Take them in the order in which they were decided."""
        self._known: dict[Position, list[Resolution]] = defaultdict(list)
        for one in known:
            self._known[one.raw or one.letter].append(one)

    def of(self, letter: Position, raw: Position | None) -> list[Resolution]:
        """What was decided of a letter that stopped this raw record, oldest first."""
        return [one for one in self._known.get(raw or letter, ()) if one.letter.offset >= letter.offset]

    def verdict(self, letter: Position, raw: Position | None) -> Verdict | None:
        """What ended the letter; None while it is open."""
        ended = [one.verdict for one in self.of(letter, raw) if one.verdict in ENDED]
        return ended[-1] if ended else None

    def told(self, raw: Position) -> bool:
        """Whether routes that wait because of this raw record may go on."""
        return any(one.verdict is not Verdict.FAILED for one in self._known.get(raw, ()))


def encode(resolution: Resolution) -> Record:
    """The resolution as a record of `resolutions`."""
    body = resolution._asdict() | {"letter": str(resolution.letter), "raw": str(resolution.raw or "")}
    return Record(TOPIC, str(resolution.letter).encode(), orjson.dumps(body), {"content-type": b"application/json"})


def decode(record: Record) -> Resolution:
    """The resolution that a record holds; raises ValueError when it holds none."""
    try:
        body: dict[str, Any] = orjson.loads(record.value)
        raw = Position.parse(body["raw"]) if body["raw"] else None
        verdict, at_us = Verdict(body["verdict"]), int(body["at_us"])
        return Resolution(Position.parse(body["letter"]), raw, verdict, str(body["who"]), at_us, str(body["why"]))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError("the record is no resolution - see engine/canonical/resolution.py") from None
