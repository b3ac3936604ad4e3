"""What the Kafka bus asks of the cluster about topics and groups."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._listoffsets import EarliestSpec, LatestSpec, OffsetSpec
from confluent_kafka.cimpl import NewPartitions, NewTopic

from engine.bus.bus import BusError
from engine.bus.kafka.declared import read_settings, write_settings
from engine.bus.kafka.record import at, fault, partition_of
from engine.bus.kafka.settings import Settings
from engine.bus.record import Partition, Span, Topic

ANSWER = 15.0
"""Seconds that the cluster has for an answer, unless told otherwise."""

Answer = TypeVar("Answer")

_NAP = 0.05
_LEADER_UNKNOWN = {
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
}
"""What brokers say for a moment after a topic was made, or its leader has gone."""

_EARLIEST: OffsetSpec = EarliestSpec()  # type: ignore[no-untyped-call]  # the client leaves it untyped
_LATEST: OffsetSpec = LatestSpec()  # type: ignore[no-untyped-call]  # the client leaves it untyped


class KafkaTopics:
    """Topics with `replication` copies, of which `min_insync` must hold a record before it counts as durable."""

    def __init__(self, settings: Settings, replication: int, min_insync: int, answer: float = ANSWER) -> None:
        self._settings = dict(settings)
        self._admin = AdminClient(self._settings, logger=logging.getLogger(__name__))
        self._askers: dict[str, Consumer] = {}
        """By group, who asks what it committed."""
        self._replication = replication
        self._min_insync = min_insync
        self._answer = answer

    def ensure(self, topics: Iterable[Topic]) -> None:
        """Create the topics that are missing, and wait until the cluster shows them."""
        there = self.partitions()
        missing = [topic for topic in topics if topic.name not in there]
        if missing:
            created = self._admin.create_topics([self._new(topic) for topic in missing], request_timeout=self._answer)
            for name, answer in created.items():
                _create(name, answer)
            names = {topic.name for topic in missing}
            self._await(lambda: not names - self.partitions().keys(), "a created topic")

    def partitions(self) -> dict[str, int]:
        """The topics that exist but for Kafka's own, with their number of partitions."""
        return {name: len(found) for name, found in sorted(self._replicas().items()) if not name.startswith("__")}

    def describe(self, names: Collection[str]) -> dict[str, Topic]:
        """Those of the topics that exist, as they are."""
        found = {name: parts for name, parts in self._replicas().items() if name in names}
        asked = {name: ConfigResource("topic", name) for name in found}
        answers = self._admin.describe_configs(list(asked.values()), request_timeout=self._answer) if asked else {}
        return {
            name: read_settings(name, len(found[name]), min(found[name]), _entries(name, answers[asked[name]]))
            for name in asked
        }

    def change(self, topic: Topic) -> None:
        """Give a topic that exists the settings of `topic`, and partitions where it has fewer."""
        self._grow(topic)
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in write_settings(topic, self._min_insync).items()
        ]
        resource = ConfigResource("topic", topic.name, incremental_configs=entries)
        changed = self._admin.incremental_alter_configs([resource], request_timeout=self._answer)
        _answered(changed[resource], f"topic {topic.name} not changed")
        self._await(lambda: self._shows(topic), "a changed topic")

    def _shows(self, topic: Topic) -> bool:
        """Whether the cluster tells of the topic as it was changed: it takes a moment."""
        found = self.describe([topic.name]).get(topic.name)
        same = found and (found.partitions, found.retention, found.compacted, found.other)
        return same == (topic.partitions, topic.retention, topic.compacted, ())

    def _grow(self, topic: Topic) -> None:
        if topic.partitions > self.partitions().get(topic.name, topic.partitions):
            wanted = NewPartitions(topic.name, topic.partitions)
            grown = self._admin.create_partitions([wanted], request_timeout=self._answer)
            _answered(grown[topic.name], f"topic {topic.name} not changed")

    def _replicas(self) -> dict[str, list[int]]:
        """By topic, how many replicas each partition has."""
        try:
            topics = self._admin.list_topics(timeout=self._answer).topics
        except KafkaException as error:
            raise fault("topics not listed", error) from error
        return {name: [len(one.replicas) for one in topic.partitions.values()] for name, topic in topics.items()}

    def spans(self, topic: str) -> dict[Partition, Span]:
        """The offsets that each partition holds now."""
        partitions = [Partition(topic, number) for number in range(self.partitions().get(topic, 0))]
        if not partitions:
            return {}
        first, following = (self._offsets(partitions, spec) for spec in (_EARLIEST, _LATEST))
        return {partition: Span(first[partition], following[partition]) for partition in partitions}

    def committed(self, group: str, topic: str) -> dict[Partition, int]:
        """What the group committed.

        Asked by a consumer that joins nothing: the admin client's question has ended processes while a broker that had
        just started was reading its groups, and waits for ever for a coordinator that left the cluster for a moment
        (librdkafka issue 5511).
        """
        parts = [at(Partition(topic, number), 0) for number in range(self.partitions().get(topic, 0))]
        if not parts:
            return {}
        try:
            places = self._asking(group).committed(parts, timeout=self._answer)
        except KafkaException as error:
            self._forget(group)
            raise fault(f"offsets not read (group {group})", error) from error
        return {partition_of(place): place.offset for place in places if place.offset >= 0}

    def _asking(self, group: str) -> Consumer:
        """The client that asks what a group committed; it stays, as a connection costs more than the question."""
        asking = self._askers.get(group)
        if asking is None:
            settings = {**self._settings, "group.id": group, "enable.auto.commit": False}
            asking = self._askers.setdefault(group, Consumer(settings, logger=logging.getLogger(__name__)))
        return asking

    def _forget(self, group: str) -> None:
        """Ask by another client the next time."""
        asking = self._askers.pop(group, None)
        if asking is not None:
            Thread(target=asking.close, name="asking", daemon=True).start()

    def close(self) -> None:
        """Let go of the clients that ask."""
        for group in list(self._askers):
            self._forget(group)

    def _offsets(self, partitions: Iterable[Partition], spec: OffsetSpec) -> dict[Partition, int]:
        wanted = {at(partition, 0): spec for partition in partitions}
        until = time.monotonic() + self._answer
        while True:
            asked = self._admin.list_offsets(
                wanted, isolation_level=IsolationLevel.READ_COMMITTED, request_timeout=self._answer
            )
            try:
                return {partition_of(place): answer.result().offset for place, answer in asked.items()}
            except KafkaException as error:
                if error.args[0].code() not in _LEADER_UNKNOWN or time.monotonic() > until:
                    raise fault("offsets not read", error) from error
            time.sleep(_NAP)

    def _new(self, topic: Topic) -> NewTopic:
        return NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=topic.replication or self._replication,
            config=write_settings(topic, self._min_insync),
        )

    def _await(self, shown: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + self._answer
        while not shown():
            if time.monotonic() > until:
                raise BusError(f"{what} does not appear - see that the brokers are well")
            time.sleep(_NAP)


def _entries(name: str, answer: Future[dict[str, ConfigEntry]]) -> dict[str, str]:
    entries = _answered(answer, f"topic {name} not described")
    return {key: entry.value or "" for key, entry in entries.items()}


def _answered(answer: Future[Answer], what: str) -> Answer:
    try:
        return answer.result()
    except KafkaException as error:
        raise fault(what, error) from error


def _create(name: str, answer: Future[None]) -> None:
    try:
        answer.result()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise fault(f"topic {name} not created", error) from error
