"""A bus around a bus that seals what it publishes and opens what it reads; keys, headers and positions stay in clear.

What is passed over is counted and logged. A record whose key is not here holds its partition until somebody puts the
key back or declares it shredded; nothing is skipped because of a file that was not copied.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

import structlog

from engine.bus.bus import Bus, Consumer, Durable, Producer, Starting
from engine.bus.record import Partition, Record, Span, Topic
from engine.bus.seal import SealFault, SealKeys, Unopened

log = structlog.get_logger()

Passed = Callable[[Unopened], None]
"""Told of each record that is passed over."""


class SealedProducer:
    """Seals the values of all that is published."""

    def __init__(self, producer: Producer, keys: SealKeys) -> None:
        self._producer = producer
        self._keys = keys

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        """Hand over the records in order and return at once; `durable` hears how it ended."""
        seal = self._keys.seal
        self._producer.publish([seal(record) for record in records], durable)

    def flush(self, timeout: float) -> None:
        """Wait until everything handed over is durable; raises BusError when it is not."""
        self._producer.flush(timeout)

    def close(self) -> None:
        """Flush what can be flushed and let go of the bus."""
        self._producer.close()


class SealedConsumer:
    """Opens the values of all that is read."""

    def __init__(self, consumer: Consumer, opening: Opening) -> None:
        self._consumer = consumer
        self._opening = opening

    def poll(self, most: int, timeout: float) -> list[Record]:
        """As the bus's own, without what is passed over.

        Raises SealFault when there is nothing but records whose key is not here; they come again with the next poll.
        """
        opened: list[Record] = []
        held: dict[Partition, SealFault] = {}
        again: dict[Partition, int] = {}
        for record in self._consumer.poll(most, timeout):
            partition = Partition(record.topic, record.partition)
            if partition in held:
                continue
            try:
                opened += self._opening.open(record)
            except SealFault as fault:
                self._opening.say(record, fault)
                held[partition] = fault
                again[partition] = record.offset
        if held:
            self._consumer.seek(again)
        if held and not opened:
            raise next(iter(held.values()))
        return opened

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Store the next offset of each partition for the group."""
        self._consumer.commit(offsets)

    def seek(self, offsets: Mapping[Partition, int]) -> None:
        """Read on from these offsets."""
        self._consumer.seek(offsets)

    def assigned(self) -> frozenset[Partition]:
        """The partitions held now."""
        return self._consumer.assigned()

    def close(self) -> None:
        """Leave the group at once."""
        self._consumer.close()


class Opening:
    """Opens records one by one and tells of those that are passed over."""

    def __init__(self, keys: SealKeys, passed: Passed) -> None:
        self._keys = keys
        self._passed = passed
        self._said: dict[Partition, int] = {}

    def say(self, record: Record, fault: SealFault) -> None:
        """Log what holds a partition, once a record however often it is tried."""
        partition = Partition(record.topic, record.partition)
        if self._said.get(partition) != record.offset:
            self._said[partition] = record.offset
            log.error("a partition waits for a key", problem=str(fault))

    def open(self, record: Record) -> tuple[Record, ...]:
        """The record in clear, or nothing; raises SealFault."""
        found = self._keys.open(record)
        if isinstance(found, Record):
            return (found,)
        self._passed(found)
        log.error("a sealed record cannot be opened and is passed over", position=str(record.position), reason=found)
        return ()


class SealedBus:
    """The topics and groups of `bus`, their values sealed; `passed` is told of each record that cannot be opened."""

    def __init__(self, bus: Bus, keys: SealKeys, passed: Passed = lambda _: None) -> None:
        self._bus = bus
        self._keys = keys
        self._opening = Opening(keys, passed)

    def ensure(self, topics: Iterable[Topic]) -> None:
        """Create the topics that are missing; leave those that exist as they are."""
        self._bus.ensure(topics)

    def producer(self, gathers: bool = False) -> Producer:
        """A new producer; one that `gathers` may wait for its flush."""
        return SealedProducer(self._bus.producer(gathers), self._keys)

    def consumer(self, group: str, topics: Sequence[str], starting: Starting | None = None) -> Consumer:
        """Join `group`; with `starting` the caller keeps the offsets, and what the group committed is not used."""
        return SealedConsumer(self._bus.consumer(group, topics, starting), self._opening)

    def topics(self) -> dict[str, int]:
        """The topics that exist, with their number of partitions."""
        return self._bus.topics()

    def describe(self, names: Collection[str]) -> dict[str, Topic]:
        """Those of the topics that exist, as they are."""
        return self._bus.describe(names)

    def change(self, topic: Topic) -> None:
        """Give a topic that exists the retention and the settings of `topic`."""
        self._bus.change(topic)

    def spans(self, topic: str) -> dict[Partition, Span]:
        """The offsets that each partition of the topic holds now."""
        return self._bus.spans(topic)

    def committed(self, group: str, topic: str) -> dict[Partition, int]:
        """What the group committed, for lag."""
        return self._bus.committed(group, topic)

    def read(self, partition: Partition, first: int, stop: int) -> Iterator[Record]:
        """The records from `first` up to but without `stop`, without what is passed over.

        Raises OffsetOutOfRange when `first` has been removed already, and SealFault at a record whose key is not here.
        """
        for record in self._bus.read(partition, first, stop):
            yield from self._opening.open(record)

    def close(self) -> None:
        """Let go of files and connections."""
        self._bus.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
