"""The gathering producer of the Kafka bus keeps the contract of producers, and calls nothing durable that it is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaError

from engine.bus.bus import Bus, BusError, Producer
from engine.bus.kafka import delivery, settings
from engine.bus.kafka.bus import KafkaBus
from engine.bus.kafka.gathering import KafkaGatheringProducer
from engine.bus.record import Record, Topic
from tests.contract.bus_drive import LONG, Ears, numbered, read_all, values
from tests.contract.bus_publishing import PublishingContract
from tests.rig.process import free_port


class _Gathering(KafkaBus):
    """A bus all of whose producers gather."""

    def producer(self, gathers: bool = True) -> KafkaGatheringProducer:  # type: ignore[override]  # a bus of one kind of producer
        producer: Producer = super().producer(gathers=True)
        assert isinstance(producer, KafkaGatheringProducer)
        return producer


@pytest.fixture
def gathering(kafka_bootstrap: str) -> Iterator[_Gathering]:
    with _Gathering(kafka_bootstrap, deadline=3.0) as bus:
        yield bus


@pytest.fixture
def topic(gathering: _Gathering, topic_prefix: str) -> str:
    name = f"{topic_prefix}topic"
    gathering.ensure([Topic(name, 6)])
    return name


@pytest.fixture
def producer(gathering: _Gathering) -> Iterator[KafkaGatheringProducer]:
    producer = gathering.producer()
    yield producer
    producer.close()


class TestKafkaGathering(PublishingContract):
    @pytest.fixture
    def bus(self, gathering: _Gathering) -> Bus:
        return gathering


def test_what_no_broker_took_is_undecided_until_its_time_is_over_and_has_failed_then() -> None:
    ears = Ears(), Ears()
    with _Gathering(f"127.0.0.1:{free_port()}", deadline=0.5) as bus:
        producer = bus.producer()
        producer.publish([Record("t", b"k", b"1"), Record("t", b"k", b"2")], ears[0])
        with pytest.raises(BusError, match="not durable within"):
            producer.flush(0.0)
        assert ears[0].heard == []
        producer.publish([Record("t", b"k", b"3")], ears[1])
        with pytest.raises(BusError, match="_MSG_TIMED_OUT"):
            producer.flush(LONG)
        producer.flush(LONG)
        assert [[str(error) for error in ear.heard] for ear in ears] == [[str(ears[0].heard[0])]] * 2
        producer.close()
    assert isinstance(ears[0].heard[0], BusError)


def test_what_a_client_that_kafka_declares_broken_holds_has_failed_and_the_next_one_stores(
    gathering: _Gathering, topic: str, producer: KafkaGatheringProducer
) -> None:
    lost, stored = Ears(), Ears()
    producer.publish(numbered(topic, [1]), lost)
    producer._notice(KafkaError(KafkaError._FATAL))
    producer.publish(numbered(topic, [2]), stored)
    with pytest.raises(BusError, match="given up"):
        producer.flush(LONG)
    producer.flush(LONG)
    assert [type(error) for error in lost.heard] == [BusError]
    assert stored.heard == [None]
    assert 2 in values(read_all(gathering, topic))


def test_what_does_not_fit_fails_its_call_and_no_other(
    gathering: _Gathering, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MOST_WAITING", 6)
    producer = gathering.producer()
    first, much, last = Ears(), Ears(), Ears()
    producer.publish(numbered(topic, [1]), first)
    producer.publish(numbered(topic, range(10, 20)), much)
    with pytest.raises(BusError, match="too many records"):
        producer.flush(LONG)
    producer.publish(numbered(topic, [2]), last)
    producer.flush(LONG)
    producer.close()
    assert (first.heard, last.heard) == ([None], [None])
    assert [type(error) for error in much.heard] == [BusError]
    assert values(read_all(gathering, topic)) == [1, 2, *range(10, 15)]


def test_a_call_that_breaks_off_is_no_success(topic: str, producer: KafkaGatheringProducer) -> None:
    ears = Ears()
    broken = Record(topic, b"k", b"v", {"a": 1})  # type: ignore[dict-item]  # which is no header
    with pytest.raises(TypeError):
        producer.publish([*numbered(topic, [1]), broken], ears)
    with pytest.raises(BusError, match="broke off"):
        producer.flush(LONG)
    assert [type(error) for error in ears.heard] == [BusError]


def test_what_is_lost_of_a_report_is_no_success(
    topic: str, producer: KafkaGatheringProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> BusError:
        raise MemoryError

    ears = Ears()
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "fault", fail)
        producer.publish([Record(f"{topic}.missing", b"k", b"v")], ears)
        with pytest.raises(MemoryError):
            producer.flush(LONG)
    assert ears.heard == []
    with pytest.raises(BusError, match="lost"):
        producer.flush(LONG)
    assert [type(error) for error in ears.heard] == [BusError]
