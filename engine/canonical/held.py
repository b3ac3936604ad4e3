"""Raw records that wait for the bus to take what comes of them: topic `held`, compacted, the last word on each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from engine.bus.record import Position, Record

TOPIC = "held"


class Held(NamedTuple):
    """One raw record that waits, with its key, since when, and how often it was tried."""

    raw: Position
    key: str
    since_us: int
    attempts: int = 1


def encode(held: Held) -> Record:
    """The word that it waits."""
    body = held._asdict() | {"raw": str(held.raw)}
    return Record(TOPIC, str(held.raw).encode(), orjson.dumps(body), {"content-type": b"application/json"})


def encode_freed(raw: Position) -> Record:
    """The word that it waits no longer."""
    return Record(TOPIC, str(raw).encode(), b"null", {"content-type": b"application/json"})


def read_held(records: Iterable[Record]) -> dict[Position, Held]:
    """Those that wait, by their positions in order; a record that says nothing is passed over."""
    waiting: dict[Position, Held] = {}
    for record in records:
        try:
            raw = Position.parse(record.key.decode())
            body: dict[str, Any] | None = orjson.loads(record.value)
            if body is None:
                waiting.pop(raw, None)
            else:
                waiting[raw] = Held(raw, str(body["key"]), int(body["since_us"]), int(body["attempts"]))
        except (KeyError, TypeError, ValueError):
            continue
    return dict(sorted(waiting.items()))
