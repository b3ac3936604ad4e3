"""What travels on the bus: records, their positions and the topics that hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple

NO_HEADERS: Mapping[str, bytes] = MappingProxyType({})


class Partition(NamedTuple):
    """One ordered log of a topic."""

    topic: str
    number: int


class Position(NamedTuple):
    """Where a record stands: written and parsed as `hl7.raw/3/1207`."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read the form that `str` writes; raises ValueError on any other text."""
        topic, partition, offset = text.rsplit("/", 2)
        return cls(topic, int(partition), int(offset))


class Span(NamedTuple):
    """The offsets a partition holds: `first` is the oldest kept, `next` the one the next record will get."""

    first: int
    next: int


class Record(NamedTuple):
    """One record, before it is published (no offset) or as it was read."""

    topic: str
    key: bytes
    value: bytes
    headers: Mapping[str, bytes] = NO_HEADERS
    partition: int = -1
    offset: int = -1
    timestamp: int = 0
    """Milliseconds since the epoch, set by the bus when it stores the record."""

    @property
    def position(self) -> Position:
        return Position(self.topic, self.partition, self.offset)

    def text(self, header: str) -> str:
        """The header as text; empty when the record does not carry it."""
        return self.headers.get(header, b"").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is declared or as it is: kept for ever unless `retention` or `compacted` says otherwise."""

    name: str
    partitions: int = 6
    retention: timedelta | None = None
    compacted: bool = False
    replication: int | None = None
    min_insync: int | None = None
    """Of these two, None is what the bus was opened with, or what a bus without replicas has."""
    other: tuple[str, ...] = ()
    """Of a topic that is there: further settings that are not as the bus makes them, as `name=value`."""


def first_offsets(records: Sequence[Record]) -> dict[Partition, int]:
    """The lowest offset of each partition among records in the order they were read: where to read them again from."""
    return {Partition(one.topic, one.partition): one.offset for one in reversed(records)}


def next_offsets(records: Sequence[Record]) -> dict[Partition, int]:
    """The offset after the last of each partition among records in the order they were read."""
    return {Partition(one.topic, one.partition): one.offset + 1 for one in records}
