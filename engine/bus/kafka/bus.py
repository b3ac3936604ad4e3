"""The bus on Apache Kafka, through librdkafka."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from types import MappingProxyType, TracebackType
from typing import Literal, Self, overload

from confluent_kafka import Consumer as Reader
from confluent_kafka import KafkaError

from engine.bus.bus import BusError, Consumer, OffsetOutOfRange, Producer, Starting
from engine.bus.gaps import outside
from engine.bus.kafka.consumer import KafkaConsumer
from engine.bus.kafka.gathering import KafkaGatheringProducer
from engine.bus.kafka.producer import KafkaProducer
from engine.bus.kafka.record import at, consume, fault, read_message
from engine.bus.kafka.settings import Membership, Settings, consumer_settings, producer_settings, reader_settings
from engine.bus.kafka.topics import ANSWER, KafkaTopics
from engine.bus.record import Partition, Record, Span, Topic

READ_AT_ONCE = 500
SILENCE = 30.0
"""Records that `read` fetches in one go, and the seconds without any after which it gives up."""

_NO_SETTINGS: Settings = MappingProxyType({})


class KafkaBus:
    """The topics and groups of a cluster.

    `settings` are librdkafka's, for TLS and SASL. A record that the cluster has not confirmed `deadline` seconds after
    it was published has failed. The partitions of a consumer silent for `lease` seconds are given to others, or as
    `membership` says. Questions about topics are answered within `answer` seconds.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        replication: int = 1,
        min_insync: int = 1,
        settings: Mapping[str, str | int | float | bool] = _NO_SETTINGS,
        deadline: float = 8.0,
        lease: float = 10.0,
        answer: float = ANSWER,
        membership: Membership | None = None,
    ) -> None:
        self._settings = {"client.id": "engine", **settings, "bootstrap.servers": bootstrap}
        self._deadline = deadline
        self._membership = membership or Membership(lease)
        self._topics = KafkaTopics(self._settings, replication, min_insync, answer)

    def ensure(self, topics: Iterable[Topic]) -> None:
        """Create the topics that are missing; leave those that exist as they are."""
        self._topics.ensure(topics)

    @overload
    def producer(self, gathers: Literal[False] = False) -> KafkaProducer: ...

    @overload
    def producer(self, gathers: bool = False) -> Producer: ...

    def producer(self, gathers: bool = False) -> Producer:
        """A new producer, with a thread of its own; one that `gathers` may wait for its flush."""
        settings = producer_settings(self._settings, self._deadline, gathers)
        return KafkaGatheringProducer(settings) if gathers else KafkaProducer(settings)

    def consumer(self, group: str, topics: Sequence[str], starting: Starting | None = None) -> Consumer:
        """Join `group`; with `starting` the caller keeps the offsets, and what the group committed is not used."""
        return KafkaConsumer(consumer_settings(self._settings, group, self._membership), topics, starting)

    def topics(self) -> dict[str, int]:
        """The topics that exist, with their number of partitions."""
        return self._topics.partitions()

    def describe(self, names: Collection[str]) -> dict[str, Topic]:
        """Those of the topics that exist, as they are."""
        return self._topics.describe(names)

    def change(self, topic: Topic) -> None:
        """Give a topic that exists the settings of `topic`, and partitions where it has fewer."""
        self._topics.change(topic)

    def spans(self, topic: str) -> dict[Partition, Span]:
        """The offsets that each partition of the topic holds now; empty for a topic that does not exist."""
        return self._topics.spans(topic)

    def committed(self, group: str, topic: str) -> dict[Partition, int]:
        """What the group committed, for lag; only partitions that have a commit."""
        return self._topics.committed(group, topic)

    def read(self, partition: Partition, first: int, stop: int) -> Iterator[Record]:
        """The records from `first` up to but without `stop` that are there now, outside any group.

        Raises OffsetOutOfRange when `first` has been removed already.
        """
        span = self.spans(partition.topic).get(partition, Span(0, 0))
        stop = min(stop, span.next)
        if first >= stop:
            return
        if fault := outside(partition, first, span):
            raise OffsetOutOfRange(fault)
        with closing(Reader(reader_settings(self._settings), logger=logging.getLogger(__name__))) as reader:
            reader.assign([at(partition, first)])
            yield from _until(reader, stop)

    def close(self) -> None:
        """Let go of what asks about groups; producers and consumers are closed by those who made them."""
        self._topics.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _until(reader: Reader, stop: int) -> Iterator[Record]:
    """The records before `stop`; the end of the partition ends it too: the last offsets may hold no records."""
    heard = time.monotonic()
    while time.monotonic() - heard < SILENCE:
        for message in consume(reader, READ_AT_ONCE, 0.1):
            heard = time.monotonic()
            error = message.error()
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                return
            if error is not None:
                raise fault("not read", error)
            record = read_message(message)
            if record.offset < stop:
                yield record
            if record.offset >= stop - 1:
                return
    raise BusError(f"not read: nothing came for {SILENCE:.0f} s - see that the brokers answer")
