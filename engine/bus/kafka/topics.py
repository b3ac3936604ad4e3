"""What the Kafka bus asks of the cluster about topics and groups."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from concurrent.futures import Future
from datetime import timedelta

from confluent_kafka import ConsumerGroupTopicPartitions, IsolationLevel, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import EarliestSpec, LatestSpec, OffsetSpec
from confluent_kafka.cimpl import NewTopic

from engine.bus.bus import BusError
from engine.bus.kafka.record import at, fault, partition_of
from engine.bus.kafka.settings import MOST_BYTES, Settings
from engine.bus.record import Partition, Span, Topic

ANSWER = 15.0
"""Seconds that the cluster has for an answer, unless told otherwise."""

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
        self._admin = AdminClient(dict(settings), logger=logging.getLogger(__name__))
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
            self._await({topic.name for topic in missing})

    def partitions(self) -> dict[str, int]:
        """The topics that exist but for Kafka's own, with their number of partitions."""
        try:
            topics = self._admin.list_topics(timeout=self._answer).topics
        except KafkaException as error:
            raise fault("topics not listed", error) from error
        return {name: len(topic.partitions) for name, topic in sorted(topics.items()) if not name.startswith("__")}

    def spans(self, topic: str) -> dict[Partition, Span]:
        """The offsets that each partition holds now."""
        partitions = [Partition(topic, number) for number in range(self.partitions().get(topic, 0))]
        if not partitions:
            return {}
        first, following = (self._offsets(partitions, spec) for spec in (_EARLIEST, _LATEST))
        return {partition: Span(first[partition], following[partition]) for partition in partitions}

    def committed(self, group: str, topic: str) -> dict[Partition, int]:
        """What the group committed."""
        asked = self._admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group)], request_timeout=self._answer
        )
        try:
            places = asked[group].result().topic_partitions
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return {}
            raise fault(f"offsets not read (group {group})", error) from error
        return {partition_of(place): place.offset for place in places if place.topic == topic and place.offset >= 0}

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
        policies = [policy for policy, wanted in (("compact", topic.compacted), ("delete", topic.retention)) if wanted]
        retention = -1 if topic.retention is None else topic.retention // timedelta(milliseconds=1)
        return NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=self._replication,
            config={
                "cleanup.policy": ",".join(policies) or "delete",
                "retention.ms": str(retention),
                "min.insync.replicas": str(self._min_insync),
                "max.message.bytes": str(MOST_BYTES),
                "message.timestamp.type": "LogAppendTime",
                "unclean.leader.election.enable": "false",
            },
        )

    def _await(self, names: set[str]) -> None:
        until = time.monotonic() + self._answer
        while names - self.partitions().keys():
            if time.monotonic() > until:
                raise BusError("a created topic does not appear - see that the brokers are well")
            time.sleep(_NAP)


def _create(name: str, answer: Future[None]) -> None:
    try:
        answer.result()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise fault(f"topic {name} not created", error) from error
