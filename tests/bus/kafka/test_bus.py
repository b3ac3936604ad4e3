"""The Kafka bus keeps the contract, on a real broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from engine.bus.bus import Bus
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Partition
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
