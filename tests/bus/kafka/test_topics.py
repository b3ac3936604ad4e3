"""Topics on Kafka are made as declared, and large records, gaps and open transactions are read as they should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource

from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Partition, Record, Span, Topic
from tests.contract.bus_drive import consuming, drain, publish, read_all, values


@pytest.fixture
def bus(kafka_bootstrap: str) -> Iterator[KafkaBus]:
    with KafkaBus(kafka_bootstrap, deadline=10.0, lease=2.0) as bus:
        yield bus


def _settings(bootstrap: str, topic: str) -> dict[str, str]:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    resource = ConfigResource("topic", topic)
    answer = admin.describe_configs([resource])[resource].result()
    return {name: entry.value for name, entry in answer.items()}


@pytest.mark.parametrize(
    ("topic", "policy", "retention"),
    [
        (Topic("kept", 1), "delete", "-1"),
        (Topic("old", 1, retention=timedelta(days=7)), "delete", "604800000"),
        (Topic("newest", 1, compacted=True), "compact", "-1"),
        (Topic("both", 1, retention=timedelta(hours=1), compacted=True), "compact,delete", "3600000"),
    ],
)
def test_topics_are_made_as_declared(
    bus: KafkaBus, kafka_bootstrap: str, topic_prefix: str, topic: Topic, policy: str, retention: str
) -> None:
    name = topic_prefix + topic.name
    bus.ensure([Topic(name, topic.partitions, topic.retention, topic.compacted)])
    settings = _settings(kafka_bootstrap, name)
    assert settings["cleanup.policy"] == policy
    assert settings["retention.ms"] == retention
    assert settings["min.insync.replicas"] == "1"
    assert settings["max.message.bytes"] == str(32 * 1024 * 1024)
    assert settings["unclean.leader.election.enable"] == "false"


def test_the_largest_frame_passes(bus: KafkaBus, topic_prefix: str) -> None:
    topic = f"{topic_prefix}topic"
    bus.ensure([Topic(topic, 1)])
    value = bytes(range(256)) * (16 * 4096)
    publish(bus, [Record(topic, b"k", value), Record(topic, b"k", b"next")])
    with consuming(bus, topic, [topic]) as consumer:
        assert [record.value for record in drain(consumer, 2)] == [value, b"next"]


def test_aborted_and_open_transactions_are_not_read_and_reading_ends(
    bus: KafkaBus, kafka_bootstrap: str, topic_prefix: str
) -> None:
    topic = f"{topic_prefix}topic"
    bus.ensure([Topic(topic, 1)])
    foreign = Producer({"bootstrap.servers": kafka_bootstrap, "transactional.id": topic})
    foreign.init_transactions(30)
    for number, end in ((1, foreign.commit_transaction), (2, foreign.abort_transaction), (3, None)):
        foreign.begin_transaction()
        foreign.produce(topic, b"%d" % number, b"k")
        foreign.flush(10)
        if end is not None:
            end(30)
    assert values(read_all(bus, topic)) == [1]
    assert bus.spans(topic) == {Partition(topic, 0): Span(0, 4)}
    with consuming(bus, topic, [topic]) as consumer:
        assert values(drain(consumer, 1)) == [1]
        foreign.commit_transaction(30)
        assert values(drain(consumer, 1)) == [3]
    assert values(read_all(bus, topic)) == [1, 3]


def test_the_last_offset_before_stop_may_hold_no_record(bus: KafkaBus, kafka_bootstrap: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}topic"
    bus.ensure([Topic(topic, 1)])
    foreign = Producer({"bootstrap.servers": kafka_bootstrap, "transactional.id": topic})
    foreign.init_transactions(30)
    for number in range(3):
        foreign.begin_transaction()
        foreign.produce(topic, b"%d" % number, b"k")
        foreign.commit_transaction(30)
    assert [record.offset for record in bus.read(Partition(topic, 0), 0, 2)] == [0]
    assert [record.offset for record in bus.read(Partition(topic, 0), 1, 4)] == [2]
    assert [record.offset for record in bus.read(Partition(topic, 0), 0, 99)] == [0, 2, 4]
