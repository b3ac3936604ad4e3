"""The interface that every stage is written against, and that each bus implements.

The contract, held by one suite for all implementations:

- A key always goes to the same partition of a topic; within a partition, order of publishing is order of reading.
- What `publish` reported durable survives the death of every process and of the machine (fsync; Kafka: acks=all).
- The partitions of a topic are leased to the living consumers of a group, each partition to one of them at a time.
- A consumer starts where its group committed, else at the oldest record; never silently at the end.
- Nothing is delivered that was not published; something may be delivered again after a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

from engine.bus.record import Partition, Record, Span, Topic

Durable = Callable[["BusError | None"], None]
"""Called once: None when every record of the call is durable, else why it is not.

From a thread of the bus; of a producer that gathers, maybe from the one that flushes."""

Starting = Callable[[Iterable[Partition]], Mapping[Partition, int]]
"""Asked whenever partitions are assigned, by callers that keep offsets themselves: the next offset of those known."""


class BusError(Exception):
    """The bus could not do what was asked; it may pass, so the caller keeps what it has and tries again."""


class OffsetOutOfRange(BusError):
    """Records that should come next are not in the bus (any more); it does not pass until someone seeks elsewhere."""


class RecordRefused(BusError):
    """The record itself is at fault, and no later attempt will do better."""


class Producer(Protocol):
    """Publishes records; safe to call from one thread (or one event loop) at a time."""

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        """Hand over the records in order and return at once; `durable` hears how it ended.

        A producer that holds more than it can (100,000 records or 256 MiB not yet durable) takes none of the call
        and says BusError through `durable`. After an error some records of the call may be stored nevertheless.
        """

    def flush(self, timeout: float) -> None:
        """Wait until everything handed over is durable.

        Raises BusError when it is not within `timeout` seconds, or when anything handed over since the last flush
        failed.
        """

    def close(self) -> None:
        """Flush what can be flushed and let go of the bus."""


class Consumer(Protocol):
    """Reads the partitions leased to one member of a group; not safe to share between threads."""

    def poll(self, most: int, timeout: float) -> list[Record]:
        """Up to `most` records as soon as there are some, or none after `timeout` seconds.

        Raises OffsetOutOfRange, once a second, while a partition held would have to go on at an offset that the bus
        does not have; the other partitions flow on meanwhile.
        """

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Store the next offset of each partition for the group; ignores partitions that this member lost."""

    def seek(self, offsets: Mapping[Partition, int]) -> None:
        """Read on from these offsets; partitions not held are ignored."""

    def assigned(self) -> frozenset[Partition]:
        """The partitions held now."""

    def close(self) -> None:
        """Leave the group at once, so that others take the partitions over."""


class Bus(Protocol):
    """Topics, and ways in and out of them."""

    def ensure(self, topics: Iterable[Topic]) -> None:
        """Create the topics that are missing; leave those that exist as they are."""

    def producer(self, gathers: bool = False) -> Producer:
        """A new producer.

        One that `gathers` is for who hands over many records and then flushes: what was handed over may wait for the
        flush, and so may `durable`, so that more is stored together, and no thread of the bus gets in the caller's way.
        """

    def consumer(self, group: str, topics: Sequence[str], starting: Starting | None = None) -> Consumer:
        """Join `group`; with `starting` the caller keeps the offsets, and what the group committed is not used."""

    def topics(self) -> dict[str, int]:
        """The topics that exist, with their number of partitions."""

    def describe(self, names: Collection[str]) -> dict[str, Topic]:
        """Those of the topics that exist, as they are."""

    def change(self, topic: Topic) -> None:
        """Give a topic that exists the retention and the settings of `topic`; Kafka adds partitions and compaction too.

        Never removes a partition. Raises BusError when the bus cannot.
        """

    def spans(self, topic: str) -> dict[Partition, Span]:
        """The offsets that each partition of the topic holds now; empty for a topic that does not exist."""

    def committed(self, group: str, topic: str) -> dict[Partition, int]:
        """What the group committed, for lag; only partitions that have a commit."""

    def read(self, partition: Partition, first: int, stop: int) -> Iterator[Record]:
        """The records from `first` up to but without `stop` that are there now, outside any group.

        Raises OffsetOutOfRange when `first` has been removed already.
        """

    def close(self) -> None:
        """Let go of files and connections."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def read_topic(bus: Bus, topic: str) -> Iterator[Record]:
    """Every record that the topic holds now, partition by partition; none of a topic that does not exist."""
    for partition, span in bus.spans(topic).items():
        yield from bus.read(partition, span.first, span.next)
