"""The consumer of the Kafka bus."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from threading import Thread

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from engine.bus.bus import BusError, Starting
from engine.bus.gaps import Gaps
from engine.bus.kafka.patience import within
from engine.bus.kafka.record import at, consume, fault, partition_of, read_message
from engine.bus.kafka.settings import Settings
from engine.bus.record import Partition, Record

ANSWER = 10.0
"""Seconds that the group's coordinator has to say what was committed."""

LOST_PLACE = (
    "not read: Kafka has given this member's place to another of its name"
    " - give each process a bus.instance of its own, and start it again"
)
"""What the client tells once, and means for ever."""

LOST_COORDINATOR = 60.0
"""Seconds without a coordinator after which the member joins again as a new client.

One whose coordinator was out of the cluster for a moment may wait for it for ever (librdkafka issue 5511).
"""

BROKERS_LEASE_MS = 45_000
"""The lease of a member where brokers divide the partitions, and it is theirs."""

BESIDES = 10.0
"""Seconds more than its lease that a member gives a commit: by then the client has failed it, if it ever does."""

_NOT_NOW = {KafkaError.ILLEGAL_GENERATION, KafkaError.REBALANCE_IN_PROGRESS, KafkaError.UNKNOWN_MEMBER_ID}
_NOT_THERE_YET = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}


class KafkaConsumer:
    """Reads what the group's coordinator assigns to it, from offsets that are always said and never guessed."""

    def __init__(self, settings: Settings, topics: Sequence[str], starting: Starting | None) -> None:
        self._starting = starting
        self._held: set[Partition] = set()
        self._came: set[Partition] = set()
        self._late: dict[Partition, int] = {}
        self._gaps = Gaps()
        self._trouble: Exception | None = None
        self._has_lost_place = False
        self._closed = False
        self._settings = dict(settings)
        self._topics = list(topics)
        self._patience = float(settings.get("session.timeout.ms", BROKERS_LEASE_MS)) / 1000 + BESIDES
        self._lost_since: float | None = None
        """Since when commits fail because the coordinator is not known."""
        self._consumer = self._join()

    def _join(self) -> Consumer:
        consumer = Consumer(self._settings, logger=logging.getLogger(__name__))
        consumer.subscribe(self._topics, on_assign=self._assign, on_revoke=self._revoke, on_lost=self._revoke)
        return consumer

    def poll(self, most: int, timeout: float) -> list[Record]:
        """Up to `most` records as soon as there are some, or none after `timeout` seconds."""
        until = time.monotonic() + timeout
        with suppress(BusError):  # what could not be stored is kept; only a client that is polled finds its group again
            self.commit({})
        while True:
            self._complain()
            self._begin()
            left = max(until - time.monotonic(), 0)
            records = self._records(consume(self._consumer, most, left))
            if records or left == 0:
                return records

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Store the next offset of each partition for the group; ignores partitions that this member lost.

        While the group divides its partitions anew, Kafka takes no commits: they are kept, and stored by a later poll
        or commit.
        """
        self._late = {key: offset for key, offset in {**self._late, **offsets}.items() if key in self._held}
        if not self._late:
            return
        try:
            self._store([at(partition, offset) for partition, offset in self._late.items()])
            self._late, self._lost_since = {}, None
        except KafkaException as error:
            self._join_again_at_last(error.args[0].code())
            if error.args[0].code() not in _NOT_NOW:
                raise fault("offsets not committed", error) from error
        except TimeoutError:
            self._join_again()
            raise BusError("offsets not committed: Kafka's client waits for ever - joined the group again") from None

    def _join_again_at_last(self, code: int) -> None:
        """Join as a new client when the coordinator was not known for long."""
        now = time.monotonic()
        began = self._lost_since or now
        self._lost_since = began if code == KafkaError._WAIT_COORD else None
        if self._lost_since is not None and now - began >= LOST_COORDINATOR:
            self._join_again()

    def _join_again(self) -> None:
        """Join as a new client; the old one may wait for ever, and is left to a thread."""
        Thread(target=self._consumer.close, name="lost consumer", daemon=True).start()
        self._held, self._came, self._late, self._lost_since = set(), set(), {}, None
        self._gaps = Gaps()
        self._consumer = self._join()

    def seek(self, offsets: Mapping[Partition, int]) -> None:
        """Read on from these offsets; partitions not held are ignored.

        Assigned anew rather than sought: the client's seek fails where fetching has not begun or has stopped.
        """
        for partition in offsets.keys() & self._held:
            self._consumer.incremental_unassign([at(partition, OFFSET_BEGINNING)])
            self._consumer.incremental_assign([at(partition, offsets[partition])])
        self._gaps.forget(offsets)

    def assigned(self) -> frozenset[Partition]:
        """The partitions held now."""
        return frozenset(self._held)

    def close(self) -> None:
        """Leave the group at once, so that others take the partitions over."""
        if not self._closed:
            self._closed = True
            with suppress(BusError):
                self.commit({})
            with suppress(TimeoutError):
                within(self._patience, self._consumer.close)
            self._held.clear()

    def _store(self, places: list[TopicPartition]) -> None:
        commit: Callable[[], list[TopicPartition] | None]
        commit = partial(self._consumer.commit, offsets=places, asynchronous=False)
        stored: list[TopicPartition] | None = within(self._patience, commit)
        for place in stored or ():
            if place.error is not None:
                raise KafkaException(place.error)

    def _records(self, messages: Iterable[Message]) -> list[Record]:
        records = []
        for message in messages:
            error = message.error()
            if error is not None:
                self._note(message, error)
            elif (message.topic(), message.partition()) in self._held:
                records.append(read_message(message))
        return records

    def _note(self, message: Message, error: KafkaError) -> None:
        """Keep an error for the next poll, so that what was read before it is not lost."""
        partition = Partition(message.topic() or "", int(message.partition() or 0))
        if error.code() == KafkaError._AUTO_OFFSET_RESET:
            place = f"offset {message.offset()} is not in the bus ({partition.topic}/{partition.number})"
            self._gaps.note(partition, f"{place} - find out what removed the records, then seek")
        elif error.code() == KafkaError._FATAL:
            self._has_lost_place = True
        elif error.code() not in _NOT_THERE_YET:
            self._trouble = fault("not read", error)

    def _complain(self) -> None:
        self._gaps.complain()
        if self._has_lost_place:
            raise BusError(LOST_PLACE)
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble

    def _begin(self) -> None:
        """Read those partitions that came and have not begun."""
        if self._came:
            starts = self._starts()
            self._consumer.incremental_assign([at(partition, starts[partition]) for partition in self._came])
            self._held |= self._came
            self._came = set()

    def _starts(self) -> dict[Partition, int]:
        known = self._committed() if self._starting is None else self._starting(frozenset(self._came))
        return {partition: known.get(partition, OFFSET_BEGINNING) for partition in self._came}

    def _committed(self) -> dict[Partition, int]:
        try:
            places = self._consumer.committed([at(partition, 0) for partition in self._came], timeout=ANSWER)
        except KafkaException as error:
            raise fault("offsets not read", error) from error
        return {partition_of(place): place.offset for place in places if place.offset >= 0}

    def _assign(self, consumer: Consumer, places: Sequence[TopicPartition]) -> None:
        if consumer is not self._consumer:
            return
        self._came.update(map(partition_of, places))
        try:
            self._begin()
        except Exception as error:  # raised by the next poll: it would be lost in the client
            self._trouble = error
            self._consumer.incremental_assign([])

    def _revoke(self, consumer: Consumer, places: Sequence[TopicPartition]) -> None:
        if consumer is not self._consumer:
            return
        gone = set(map(partition_of, places))
        self._consumer.incremental_unassign([at(partition, OFFSET_BEGINNING) for partition in gone & self._held])
        self._held -= gone
        self._came -= gone
        self._gaps.forget(gone)
