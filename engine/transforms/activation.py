"""Activations: the numbers that tell which of two mapping sets was put to work later.

The topic `mappings` holds one record an activation, in one partition. The generation of a set that is in use is where
the last unbroken run of its activations began, so that any number of transformers agree on it, and a set that comes
back after another is a new generation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson

from engine.bus.bus import Bus, Producer, read_topic
from engine.bus.record import Record

TOPIC = "mappings"
PATIENCE = 30.0
"""Seconds within which an activation must be durable."""


class Activation(NamedTuple):
    """A mapping set that was put to work: its generation, its version, and when, in microseconds."""

    generation: int
    version: str
    activated_us: int


def activate(bus: Bus, producer: Producer, version: str, now_us: int) -> int:
    """The generation of the mapping set, activated if another was in use; raises BusError."""
    generation = find_generation(bus, version)
    if generation is not None:
        return generation
    body = orjson.dumps({"version": version, "activated": now_us})
    producer.publish([Record(TOPIC, version.encode(), body)], lambda _error: None)
    producer.flush(PATIENCE)
    return activate(bus, producer, version, now_us)


def find_generation(bus: Bus, version: str) -> int | None:
    """The generation of the set that was activated last, None when that is of another version; raises BusError."""
    return current_generation(((record.offset, record.key.decode()) for record in read_topic(bus, TOPIC)), version)


def current_generation(activations: Iterable[tuple[int, str]], version: str) -> int | None:
    """Where the last run of this version began, plus one; None when the last activation is of another."""
    began: int | None = None
    for offset, activated in activations:
        if activated != version:
            began = None
        elif began is None:
            began = offset + 1
    return began


def read_activations(bus: Bus) -> Iterator[Activation]:
    """Every generation there was, oldest first; raises BusError."""
    last = ""
    for record in read_topic(bus, TOPIC):
        version = record.key.decode()
        if version != last:
            yield Activation(record.offset + 1, version, int(orjson.loads(record.value)["activated"]))
        last = version
