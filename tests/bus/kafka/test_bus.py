"""The Kafka bus keeps the contract, on a real broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from engine.bus.bus import Bus, read_topic
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Partition, Record, Topic
from tests.contract.bus_contract import BusContract

LEASE = 2.0


class TestKafkaBus(BusContract):
    @pytest.fixture
    def bus(self, kafka_bootstrap: str) -> Iterator[Bus]:
        self._bootstrap = kafka_bootstrap
        with KafkaBus(kafka_bootstrap, deadline=3.0, lease=LEASE) as bus:
            yield bus

    @pytest.fixture
    def opening(self, kafka_bootstrap: str) -> str:
        imports = "from engine.bus.kafka.bus import KafkaBus\n"
        return f"{imports}bus = KafkaBus({kafka_bootstrap!r}, deadline=3.0, lease={LEASE})\n"

    def remove(self, bus: Bus, partition: Partition, before: int) -> None:
        admin = AdminClient({"bootstrap.servers": self._bootstrap})
        place = TopicPartition(partition.topic, partition.number, before)
        admin.delete_records([place])[place].result()


def test_an_empty_value_lets_go_of_its_key_as_null_does(kafka_bootstrap: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}newest"
    reader = Consumer({"bootstrap.servers": kafka_bootstrap, "group.id": topic})
    with KafkaBus(kafka_bootstrap) as bus:
        bus.ensure([Topic(topic, 1, compacted=True)])
        producer = bus.producer()
        producer.publish([Record(topic, b"key", b"")], lambda _error: None)
        producer.close()
        assert [record.value for record in read_topic(bus, topic)] == [b""]
    reader.assign([TopicPartition(topic, 0, 0)])
    found = reader.poll(20)
    reader.close()
    assert found is not None
    assert (found.error(), found.value()) == (None, None)
