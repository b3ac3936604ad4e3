"""The spooled producer keeps the contract of producers, on a real broker."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine.bus.bus import Bus, Producer
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Record, Topic
from engine.bus.spool.producer import SpooledProducer, SpoolPlace
from tests.bus.spool.logs import MOST, meter
from tests.contract.bus_drive import LONG, Ears, producing, read_all, values
from tests.contract.bus_publishing import PublishingContract
from tests.rig.process import wait_until


class SpooledBus(KafkaBus):
    """Kafka with spooled producers; `lacking` are topics that each of them makes before it publishes."""

    def __init__(self, bootstrap: str, root: Path) -> None:
        super().__init__(bootstrap, deadline=15.0)
        self._root = root
        self.lacking: Sequence[Topic] = ()
        self.may_ensure = threading.Event()
        self.may_ensure.set()

    def producer(self, gathers: bool = False) -> Producer:  # type: ignore[override]  # a producer around the one that is declared
        return SpooledProducer(super().producer(), SpoolPlace(self._root, MOST), 5.0, self._prepare, meter())

    def _prepare(self) -> None:
        assert self.may_ensure.wait(LONG)
        self.ensure(self.lacking)


class TestSpooledProducer(PublishingContract):
    @pytest.fixture
    def bus(self, kafka_bootstrap: str, tmp_path: Path) -> Iterator[Bus]:
        with SpooledBus(kafka_bootstrap, tmp_path) as bus:
            yield bus

    @pytest.fixture
    def topic(self, bus: Bus, topic_prefix: str) -> str:
        name = f"{topic_prefix}topic"
        bus.ensure([Topic(name, 6)])
        return name

    def test_a_missing_topic_is_said_and_costs_no_other_record(self, bus: Bus, topic: str) -> None:
        """It is not: the topics of a listener are all made before anything is published, and made again if need be."""
        assert isinstance(bus, SpooledBus)
        bus.lacking = [Topic(f"{topic}.late", 2)]
        bus.may_ensure.clear()
        ears = Ears()
        with producing(bus) as producer:
            producer.publish([Record(f"{topic}.late", b"k", b"1"), Record(topic, b"k", b"2")], ears)
            bus.may_ensure.set()
            producer.flush(LONG)
            wait_until(lambda: values(read_all(bus, topic)) == [2], "the record", LONG)
        assert ears.heard == [None]
        assert values(read_all(bus, f"{topic}.late")) == [1]
