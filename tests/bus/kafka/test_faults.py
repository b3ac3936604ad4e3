"""The Kafka bus while brokers are away: nothing durable is lost, nothing is said durable that is not, and it heals."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from confluent_kafka import KafkaError

from engine.bus.bus import BusError, Consumer, Producer
from engine.bus.kafka import consumer as consumers
from engine.bus.kafka.bus import KafkaBus
from engine.bus.kafka.consumer import KafkaConsumer
from engine.bus.kafka.producer import KafkaProducer
from engine.bus.record import Partition, Record, Topic, next_offsets
from tests.contract.bus_drive import LONG, Ears, consuming, drain, producing, read_all, values
from tests.rig.kafka import Kafka
from tests.rig.process import wait_until

DEADLINE = 3.0


def _publish(producer: Producer, number: int, seconds: float = LONG) -> bool:
    """Whether a record is durable in the end."""
    ears = Ears()
    producer.publish([Record("t", b"key %d" % number, b"%d" % number)], ears)
    with suppress(BusError):
        producer.flush(seconds)
    return ears.heard == [None]


def _publish_until_durable(producer: Producer, number: int) -> None:
    until = time.monotonic() + LONG
    while not _publish(producer, number):
        assert time.monotonic() < until


def _read(consumer: Consumer, seen: set[int]) -> None:
    """Poll for a second, whatever poll says."""
    with suppress(BusError):
        seen.update(int(record.value) for record in consumer.poll(100, 1.0))


def test_a_cluster_that_loses_brokers_and_gets_them_back_loses_no_record(kafka_cluster: Kafka) -> None:
    one, two, _ = kafka_cluster.brokers
    with KafkaBus(kafka_cluster.bootstrap, replication=3, min_insync=2, deadline=DEADLINE, lease=2.0) as bus:
        bus.ensure([Topic("t", 3)])
        with producing(bus) as producer, consuming(bus, "g", ["t"]) as consumer:
            for number in range(10):
                _publish_until_durable(producer, number)
            assert set(values(drain(consumer, 10))) == set(range(10))
            one.kill9()
            for number in range(10, 20):
                _publish_until_durable(producer, number)
            two.kill9()
            _publish(producer, 20)
            began = time.monotonic()
            assert not _publish(producer, 21)
            assert time.monotonic() - began < DEADLINE + 20
            seen: set[int] = set()
            _read(consumer, seen)
            one.start()
            two.start()
            kafka_cluster.wait_brokers(3)
            _publish_until_durable(producer, 22)
            until = time.monotonic() + LONG
            while not seen >= {*range(10, 20), 22} and time.monotonic() < until:
                _read(consumer, seen)
            assert seen >= {*range(10, 20), 22}
        assert {*range(20), 22} <= set(values(read_all(bus, "t")))


def test_a_producer_that_kafka_declares_broken_is_replaced(kafka_bootstrap: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}topic"
    with KafkaBus(kafka_bootstrap, deadline=DEADLINE) as bus:
        bus.ensure([Topic(topic, 1)])
        with producing(bus) as producer:
            assert isinstance(producer, KafkaProducer)
            producer.publish([Record(topic, b"k", b"1")], Ears())
            producer.flush(LONG)
            producer._notice(KafkaError(KafkaError._FATAL))
            ears = Ears()
            producer.publish([Record(topic, b"k", b"2")], ears)
            producer.flush(LONG)
        assert ears.heard == [None]
        assert values(read_all(bus, topic)) == [1, 2]


def test_offsets_that_could_not_be_stored_keep_no_reader_from_its_group(
    kafka_single: Kafka,
) -> None:
    [node] = kafka_single.nodes
    with KafkaBus(kafka_single.bootstrap, deadline=DEADLINE, lease=6.0) as bus:
        bus.ensure([Topic("t", 1)])
        with producing(bus) as producer, consuming(bus, "g", ["t"]) as consumer:
            _publish_until_durable(producer, 1)
            found = drain(consumer, 1)
            node.kill9()
            with pytest.raises(BusError):
                consumer.commit(next_offsets(found))
            assert consumer.poll(1, 0.1) == []
            node.start()
            kafka_single.wait_brokers(1)
            until = time.monotonic() + LONG
            while bus.committed("g", "t") != {Partition("t", 0): 1}:
                assert time.monotonic() < until
                with suppress(BusError):
                    consumer.commit(next_offsets(consumer.poll(1, 0.5)))  # what was not stored may come again


def test_a_commit_that_is_never_answered_ends_and_its_reader_joins_the_group_again(
    kafka_single: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    [node] = kafka_single.nodes
    with KafkaBus(kafka_single.bootstrap, deadline=DEADLINE, lease=6.0) as bus:
        bus.ensure([Topic("t", 1)])
        with producing(bus) as producer, consuming(bus, "g", ["t"]) as consumer:
            _publish_until_durable(producer, 1)
            found = drain(consumer, 1)
            monkeypatch.setattr(consumer, "_patience", 1.0)
            node.pause()
            with pytest.raises(BusError, match="joined the group again"):
                consumer.commit(next_offsets(found))
            node.resume()
            _publish_until_durable(producer, 2)
            wait_until(lambda: 2 in values(consumer.poll(10, 0.5)), "what came after", LONG)


def test_a_reader_that_does_not_find_its_group_for_long_joins_it_as_another_client(
    kafka_bootstrap: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "LOST_COORDINATOR", 0.0)
    topic, group = f"{topic_prefix}topic", f"{topic_prefix}group"
    with KafkaBus(kafka_bootstrap, lease=2.0) as bus:
        bus.ensure([Topic(topic, 2)])
        with producing(bus) as producer, consuming(bus, group, [topic]) as consumer:
            assert isinstance(consumer, KafkaConsumer)
            producer.publish([Record(topic, b"k", b"1"), Record(topic, b"k", b"2")], Ears())
            first = drain(consumer, 2)
            consumer.commit(next_offsets(first[:1]))
            before = consumer._consumer
            consumer._join_again_at_last(KafkaError._WAIT_COORD)
            assert consumer._consumer is not before
            assert values(drain(consumer, 1)) == [2]
            assert len(consumer.assigned()) == 2
