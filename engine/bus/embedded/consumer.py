"""The consumer of the embedded bus."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from engine.bus.bus import BusError, Starting
from engine.bus.embedded.member import Membership
from engine.bus.embedded.schema import topic_path
from engine.bus.embedded.view import Batch, TopicView
from engine.bus.gaps import Gaps, outside
from engine.bus.record import Partition, Record

T = TypeVar("T")

SHORTEST_NAP = 0.001
LONGEST_NAP = 0.02
"""Seconds between two looks at the topics: soon after a poll began, and after a while without a record."""


class EmbeddedConsumer:
    """Reads what is leased to it; a lease passes to another member when this one leaves, or is silent for too long."""

    def __init__(self, home: Path, group: str, topics: Sequence[str], starting: Starting | None, lease: float) -> None:
        self._paths = {topic: topic_path(home / "topics", topic) for topic in topics}
        self._starting = starting
        self._every = lease / 50
        self._membership = Membership(home / "groups.db", group, lease)
        self._views: dict[str, TopicView] = {}
        self._seen: dict[str, int] = {}
        self._positions: dict[Partition, int] = {}
        self._gaps = Gaps()
        self._due = 0.0
        self._turn = 0

    def poll(self, most: int, timeout: float) -> list[Record]:
        """Up to `most` records as soon as there are some, or none after `timeout` seconds."""
        until = time.monotonic() + timeout
        nap = SHORTEST_NAP
        while True:
            self._gaps.complain()
            if time.monotonic() >= self._due:
                self._settle()
            records = self._gather(most)
            left = until - time.monotonic()
            if records or left <= 0:
                return records
            time.sleep(min(nap, left))
            nap = min(nap * 1.5, LONGEST_NAP)

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Store the next offset of each partition for the group; ignores partitions that this member lost."""
        self._membership.commit(offsets)

    def seek(self, offsets: Mapping[Partition, int]) -> None:
        """Read on from these offsets; partitions not held are ignored."""
        self._place({partition: offset for partition, offset in offsets.items() if partition in self._positions})

    def assigned(self) -> frozenset[Partition]:
        """The partitions held now."""
        return frozenset(self._positions)

    def close(self) -> None:
        """Leave the group at once, so that others take the partitions over."""
        self._positions = {}
        self._membership.leave()
        while self._views:
            self._views.popitem()[1].close()

    def _settle(self) -> None:
        kept, came = self._membership.settle({topic: self._partitions(topic) for topic in self._paths})
        self._due = time.monotonic() + self._every
        self._positions = {partition: at for partition, at in self._positions.items() if partition in kept}
        fresh = (kept | came) - self._positions.keys()
        if fresh:
            self._place(self._starts(fresh))

    def _partitions(self, topic: str) -> int:
        if topic not in self._views and self._paths[topic].exists():
            self._views[topic] = TopicView(self._paths[topic])
        return self._views[topic].partitions if topic in self._views else 0

    def _starts(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        known = self._membership.committed() if self._starting is None else self._starting(partitions)
        starts = {}
        for partition in partitions:
            with self._views[partition.topic].snapshot() as spans:
                starts[partition] = known.get(partition, spans[partition.number].first)
        return starts

    def _place(self, offsets: Mapping[Partition, int]) -> None:
        self._positions.update(offsets)
        self._gaps.forget(offsets)
        for partition in offsets:
            self._seen.pop(partition.topic, None)

    def _gather(self, most: int) -> list[Record]:
        """One look at all topics; each begins with another partition than the last, so that a busy one starves none."""
        batch = Batch(most)
        self._turn += 1
        for topic in _rotated(list(self._views), self._turn):
            try:
                self._look(topic, batch)
            except BusError:
                self._views.pop(topic).close()
                if not batch.records:
                    raise
        return batch.records

    def _look(self, topic: str, batch: Batch) -> None:
        view = self._views[topic]
        version = view.version()
        if version != self._seen.get(topic):
            held = [partition for partition in self._positions if partition.topic == topic]
            self._read(view, _rotated(held, self._turn // len(self._views)), batch)
            if batch.room:
                self._seen[topic] = version

    def _read(self, view: TopicView, partitions: Sequence[Partition], batch: Batch) -> None:
        with view.snapshot() as spans:
            for partition in partitions:
                first, span = self._positions[partition], spans[partition.number]
                if fault := outside(partition, first, span):
                    self._gaps.note(partition, fault)
                elif first < span.next and batch.room:
                    self._positions[partition] = view.scan(partition.number, first, span.next, batch)


def _rotated(things: Sequence[T], turn: int) -> list[T]:
    first = turn % max(len(things), 1)
    return [*things[first:], *things[:first]]
