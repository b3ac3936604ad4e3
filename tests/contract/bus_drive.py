"""How the bus contract's tests drive a bus: short words for publishing, reading on, and doing so in other processes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.bus.bus import Bus, BusError, Consumer, Producer, Starting
from engine.bus.record import Partition, Record
from tests.rig.process import Child

LONG = 30.0
"""Seconds within which anything that should happen has happened, on a busy machine too."""


class Ears:
    """Keeps what `durable` was told."""

    def __init__(self) -> None:
        self.heard: list[BusError | None] = []

    def __call__(self, error: BusError | None) -> None:
        self.heard.append(error)


@contextmanager
def producing(bus: Bus) -> Iterator[Producer]:
    producer = bus.producer()
    try:
        yield producer
    finally:
        producer.close()


@contextmanager
def consuming(bus: Bus, group: str, topics: Sequence[str], starting: Starting | None = None) -> Iterator[Consumer]:
    consumer = bus.consumer(group, topics, starting)
    try:
        yield consumer
    finally:
        consumer.close()


def publish(bus: Bus, records: Iterable[Record]) -> None:
    """Publish each record by a call of its own, and wait until all are durable."""
    with producing(bus) as producer:
        for record in records:
            producer.publish([record], Ears())
        producer.flush(LONG)


def numbered(topic: str, numbers: Iterable[int], keys: int = 20) -> list[Record]:
    """Records that hold a number, spread over some keys."""
    return [Record(topic, b"key %d" % (number % keys), b"%d" % number) for number in numbers]


def drain(consumer: Consumer, count: int, most: int = 500) -> list[Record]:
    """Poll until `count` records came, then make sure that no more do."""
    records: list[Record] = []
    until = time.monotonic() + LONG
    while len(records) < count and time.monotonic() < until:
        records += consumer.poll(most, 0.1)
    assert len(records) >= count, f"{len(records)} of {count} records came"
    return records + consumer.poll(most, 0.05)


def read_all(bus: Bus, topic: str) -> list[Record]:
    """All that the topic holds, by partition and offset."""
    spans = sorted(bus.spans(topic).items())
    return [record for partition, span in spans for record in bus.read(partition, span.first, span.next)]


def values(records: Iterable[Record]) -> list[int]:
    """The numbers that the records hold, sorted."""
    return sorted(int(record.value) for record in records)


def hold(
    consumers: Sequence[Consumer], counts: Sequence[int], came: list[Record] | None = None
) -> list[frozenset[Partition]]:
    """Poll all of them until they hold so many partitions each; what they hold then. Records go to `came`."""
    came = [] if came is None else came
    until = time.monotonic() + LONG
    held = [consumer.assigned() for consumer in consumers]
    while [len(partitions) for partitions in held] != list(counts):
        assert time.monotonic() < until, f"they hold {[len(partitions) for partitions in held]}"
        for consumer in consumers:
            came += consumer.poll(1, 0.02)
        held = [consumer.assigned() for consumer in consumers]
    return held


def process(log: Path, opening: str, script: str) -> Child:
    """Another Python that opens the same bus as `bus` and runs the script; `say` writes a line to its log."""
    code = f"import os, time\n{opening}\ndef say(line):\n    os.write(1, f'> {{line}}\\n'.encode())\n{script}"
    child = Child([sys.executable, "-c", code], log, {"PYTHONPATH": str(Path(__file__).parents[2])})
    child.start()
    return child


def said(child: Child) -> list[str]:
    """The whole lines that the child said."""
    lines = child.log.read_text().split("\n")[:-1] if child.log.exists() else []
    return [line[2:] for line in lines if line.startswith("> ")]
