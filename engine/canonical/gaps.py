"""Gaps in the order of a key, for routes that wait until they are told: topic `gaps`, compacted, the last word counts.

A gap is a raw record that became a dead letter. What follows it under its key is withheld from such routes until
somebody decides about the letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from engine.bus.record import Position, Record

TOPIC = "gaps"


class Gap(NamedTuple):
    """A raw record of a key that has a gap: the gap itself, or one after it, withheld from `topics`."""

    raw: Position
    key: str
    topics: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether it is one after the gap."""
        return bool(self.topics)


def encode(gap: Gap) -> Record:
    """The word that it is open."""
    body = {"raw": str(gap.raw), "key": gap.key, "topics": gap.topics}
    return Record(TOPIC, str(gap.raw).encode(), orjson.dumps(body), {"content-type": b"application/json"})


def encode_closed(raw: Position) -> Record:
    """The word that it is open no longer."""
    return Record(TOPIC, str(raw).encode(), b"null", {"content-type": b"application/json"})


def read_gaps(records: Iterable[Record]) -> list[Gap]:
    """Those that are open, in order of their positions; a record that says nothing is passed over."""
    found: dict[Position, Gap] = {}
    for record in records:
        try:
            raw = Position.parse(record.key.decode())
            body: dict[str, Any] | None = orjson.loads(record.value)
            if body is None:
                found.pop(raw, None)
            else:
                found[raw] = Gap(raw, str(body["key"]), tuple(map(str, body["topics"])))
        except (KeyError, TypeError, ValueError):
            continue
    return [found[raw] for raw in sorted(found)]
