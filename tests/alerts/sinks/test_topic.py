"""A topic of Kafka, and of any bus: the last word on each alert under its id."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from engine.alerts.sinks.opening import open_sink
from engine.alerts.sinks.sink import Away, Sink
from engine.alerts.sinks.topic import TopicSink
from engine.bus.bus import Bus, read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Topic
from engine.config import TopicSettings
from tests.contract.sink_contract import SinkContract, detail
from tests.rig.kafka import Kafka
from tests.watch.stage import standing


class Reader:
    """A topic and what stands on it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.topic = f"out-{uuid4()}"
        bus.ensure([Topic(self.topic, 1)])
        self._used = self.topic

    def sink(self, *, clinical: bool = False) -> Sink:
        return TopicSink(self.bus.producer(), self._used, 3, detail if clinical else None)

    def taken(self) -> list[bytes]:
        return [one.value for one in read_topic(self.bus, self.topic)]

    def identities(self) -> set[str]:
        return {one.key.decode() for one in read_topic(self.bus, self.topic)}

    def refuse(self) -> None:
        self._used = "not-there"

    def recover(self) -> None:
        self._used = self.topic


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Reader]:
    with EmbeddedBus(tmp_path / "bus") as bus:
        yield Reader(bus)


class TestTopicSink(SinkContract):
    """The contract, on the embedded bus; Kafka below, by the settings."""


def test_an_alert_arrives_on_a_topic_of_kafka_and_one_that_is_not_there_is_away(kafka_single: Kafka) -> None:
    reader = Reader(KafkaBus(kafka_single.bootstrap))
    told = TopicSettings(name="city", bootstrap=kafka_single.bootstrap, topic=reader.topic)
    sink = open_sink(told, detail)
    sink.send(standing())
    sink.close()
    [taken] = reader.taken()
    assert b"feed-silent" in taken
    assert b"Canary" not in taken
    nowhere = open_sink(told.model_copy(update={"topic": "not-there"}), detail)
    with pytest.raises(Away):
        nowhere.send(standing())
