"""Stops of the transformer, and what people let go on: records of the topic `stops`, in one partition.

The last record tells whether transformers stand, so that one that is started again goes on standing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from engine.bus.record import Record

TOPIC = "stops"


class Stop(NamedTuple):
    """A transformer stopped: under which generation of which mappings, and how many of how many messages died."""

    at_us: int
    generation: int
    version: str
    messages: int
    dead: int
    reasons: dict[str, int]


class Release(NamedTuple):
    """Somebody let the transformers go on; until a time nothing is too much."""

    at_us: int
    until_us: int
    who: str


class Standing(NamedTuple):
    """How it stands: the stop that nobody released, and until when nothing is too much."""

    stop: Stop | None = None
    free_until_us: int = 0


def encode(one: Stop | Release) -> Record:
    """The stop or release as a record."""
    kind = "stop" if isinstance(one, Stop) else "release"
    return Record(TOPIC, kind.encode(), orjson.dumps(one._asdict()), {"content-type": b"application/json"})


def read_standing(records: Iterable[Record]) -> Standing:
    """How it stands after these records; one that is none of them is passed over."""
    standing = Standing()
    for record in records:
        try:
            body: dict[str, Any] = orjson.loads(record.value)
            if record.key == b"stop":
                standing = standing._replace(stop=Stop(**body))
            else:
                standing = Standing(None, Release(**body).until_us)
        except (TypeError, ValueError):
            continue
    return standing
