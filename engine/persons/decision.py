"""Decisions: somebody says that two patients are one person, or are not; a topic of its own, as none is ever undone.

Of several decisions about two patients the newest stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from engine.bus.record import Position, Record

TOPIC = "person-decisions"


class Decision(NamedTuple):
    """What was decided about two patients, `one` the lesser id; where it stands on the topic tells the order."""

    at: Position
    one: str
    other: str
    together: bool
    who: str
    at_us: int
    why: str

    @property
    def pair(self) -> tuple[str, str]:
        return self.one, self.other


def newest(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions that stand, one for each two patients."""
    return list({one.pair: one for one in sorted(decisions, key=lambda one: one.at)}.values())


def encode(decision: Decision) -> Record:
    """The decision as a record of `person-decisions`."""
    body = decision._asdict()
    del body["at"]
    key = f"{decision.one} {decision.other}".encode()
    return Record(TOPIC, key, orjson.dumps(body), {"content-type": b"application/json"})


def decode(record: Record) -> Decision:
    """The decision that a record holds; raises ValueError when it holds none."""
    try:
        body: dict[str, Any] = orjson.loads(record.value)
        one, other = sorted((str(body["one"]), str(body["other"])))
        told = bool(body["together"]), str(body["who"]), int(body["at_us"]), str(body["why"])
        return Decision(record.position, one, other, *told)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError("the record is no decision - see engine/persons/decision.py") from None
