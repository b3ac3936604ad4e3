"""The spool before a real Kafka that dies and comes back."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from engine.bus.bus import BusError
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Record, Topic
from engine.bus.spool.producer import SpooledProducer, SpoolPlace
from tests.bus.spool.logs import MOST, meter, segments
from tests.contract.bus_drive import LONG, read_all
from tests.rig.kafka import Kafka
from tests.rig.process import wait_until
from tests.rig.proof import count, report

CONFIRM = 1.0
KEYS = 20
TOPICS = [Topic("t", 3)]


def open_producer(kafka: KafkaBus, root: Path) -> SpooledProducer:
    return SpooledProducer(kafka.producer(), SpoolPlace(root, MOST), CONFIRM, lambda: kafka.ensure(TOPICS), meter())


class Feed(threading.Thread):
    """Publishes numbers one after another, a key in twenty, at a steady rate; `durable` are those acknowledged."""

    def __init__(self, producer: SpooledProducer, rate: float) -> None:
        super().__init__(daemon=True)
        self.durable: list[int] = []
        self.failed: list[BusError] = []
        self.sent = 0
        self._producer = producer
        self._rate = rate
        self._over = threading.Event()

    def run(self) -> None:
        began = time.monotonic()
        while not self._over.is_set():
            due = int((time.monotonic() - began) * self._rate)
            for number in range(self.sent, due):
                value = (b"%d|" % number).ljust(1300, b"x")
                one = Record("t", b"key %d" % (number % KEYS), value)
                self._producer.publish([one], lambda error, number=number: self._hear(number, error))  # type: ignore[misc]  # a default binds it
            self.sent = due
            time.sleep(0.005)

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _hear(self, number: int, error: BusError | None) -> None:
        if error is None:
            self.durable.append(number)
        else:
            self.failed.append(error)


def arrived(kafka: KafkaBus) -> list[int]:
    """The numbers in the topic, each where it came first, partition by partition."""
    return list(dict.fromkeys(int(record.value.partition(b"|")[0]) for record in read_all(kafka, "t")))


def check_order(numbers: list[int]) -> None:
    for key in range(KEYS):
        own = [number for number in numbers if number % KEYS == key]
        assert own == sorted(own)


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_a_broker_that_is_killed_and_comes_back_costs_nothing_and_no_order(kafka_single: Kafka, tmp_path: Path) -> None:
    with KafkaBus(kafka_single.bootstrap, deadline=2 * CONFIRM + 5, answer=CONFIRM) as kafka:
        producer = open_producer(kafka, tmp_path)
        feed = Feed(producer, rate=500)
        feed.start()
        for _ in range(count(1, 5)):
            wait_until(lambda: len(feed.durable) > 500, "records", LONG)
            kafka_single.nodes[0].kill9()
            before = len(feed.durable)
            time.sleep(count(4, 60))
            assert len(feed.durable) > before + 500
            assert segments(tmp_path / "0")
            kafka_single.nodes[0].start()
            kafka_single.wait_brokers(1)
            wait_until(lambda: not segments(tmp_path / "0"), "an empty spool", 60)
        feed.stop()
        producer.close()
        assert feed.failed == []
        assert sorted(feed.durable) == list(range(feed.sent))
        numbers = arrived(kafka)
        assert sorted(numbers) == list(range(feed.sent))
        check_order(numbers)
        stored = len(read_all(kafka, "t"))
    report(
        "spool-kafka-killed",
        f"# Kafka killed under the spool\n\n{feed.sent} records of 1.3 KB at 500 a second, {count(1, 5)} kills of the "
        f"broker, each {count(4, 60)} s away: all acknowledged, all arrived, in the order of each key; "
        f"{stored - feed.sent} came twice.\n",
    )


def test_a_spool_waits_for_a_broker_that_starts_later_than_the_listener(kafka_single: Kafka, tmp_path: Path) -> None:
    node = kafka_single.nodes[0]
    node.kill9()
    with KafkaBus(kafka_single.bootstrap, deadline=2 * CONFIRM + 5, answer=CONFIRM) as kafka:
        producer = open_producer(kafka, tmp_path)
        feed = Feed(producer, rate=200)
        feed.start()
        wait_until(lambda: len(feed.durable) > 100, "durable records", LONG)
        feed.stop()
        producer.close()
        producer = open_producer(kafka, tmp_path)
        node.start()
        kafka_single.wait_brokers(1)
        wait_until(lambda: not segments(tmp_path / "0"), "an empty spool", 60)
        producer.close()
        assert kafka.topics()["t"] == 3
        assert sorted(arrived(kafka)) == list(range(feed.sent))
