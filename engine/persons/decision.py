"""Decisions: somebody says that two patients are one person, or are not; a topic of its own, as none is ever undone.

Of several decisions about two patients the newest stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from engine.bus.record import Position, Record

TOPIC = "person-decisions"


class Choice(NamedTuple):
    """That two patients are one person or not, `one` the lesser id; where it stands on the topic tells the order."""

    at: Position
    one: str
    other: str
    together: bool

    @property
    def pair(self) -> tuple[str, str]:
        return self.one, self.other


class Decision(NamedTuple):
    """A choice, with who made it, when and why."""

    choice: Choice
    who: str
    at_us: int
    why: str


def newest(choices: Iterable[Choice]) -> dict[tuple[str, str], bool]:
    """The choices that stand, by their patients."""
    return {choice.pair: choice.together for choice in sorted(choices)}


def encode(one: str, other: str, together: bool, who: str, at_us: int, why: str) -> Record:
    """A decision as a record of `person-decisions`."""
    one, other = sorted((one, other))
    body = {"one": one, "other": other, "together": together, "who": who, "at_us": at_us, "why": why}
    return Record(TOPIC, f"{one} {other}".encode(), orjson.dumps(body), {"content-type": b"application/json"})


def decode(record: Record) -> Decision:
    """The decision that a record holds; raises ValueError when it holds none."""
    try:
        body: dict[str, Any] = orjson.loads(record.value)
        one, other = sorted((str(body["one"]), str(body["other"])))
        choice = Choice(record.position, one, other, bool(body["together"]))
        return Decision(choice, str(body["who"]), int(body["at_us"]), str(body["why"]))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError("the record is no decision - see engine/persons/decision.py") from None
