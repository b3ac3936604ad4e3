"""Messages of Kafka's client as records of the bus, and its errors as the bus's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from engine.bus.bus import BusError, RecordRefused
from engine.bus.record import NO_HEADERS, Partition, Record

_REFUSALS = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD})
"""What brokers say of a record that they will never take as it is."""


def read_message(message: Message) -> Record:
    """The record that a message without an error holds; what is null in Kafka is empty here."""
    return Record(
        message.topic() or "",
        message.key() or b"",
        message.value() or b"",
        _headers(message),
        int(message.partition() or 0),
        int(message.offset() or 0),
        message.timestamp()[1],
    )


def _headers(message: Message) -> Mapping[str, bytes]:
    headers = cast("list[tuple[str, bytes | None]]", message.headers())  # the client's type is that of what it sends
    return {name: value or b"" for name, value in headers} if headers else NO_HEADERS


def consume(consumer: Consumer, most: int, timeout: float) -> list[Message]:
    """Up to `most` messages, and errors among them, as soon as there are some, or none after `timeout` seconds.

    The client would wait until it has all that it is asked for: so ask for one, then for what came with it.
    """
    try:
        messages = consumer.consume(1, timeout)
        return messages + consumer.consume(most - 1, 0) if messages and most > 1 else messages
    except KafkaException as error:
        raise fault("not read", error) from error


def at(partition: Partition, offset: int) -> TopicPartition:
    """A partition and an offset as the client takes them."""
    return TopicPartition(partition.topic, partition.number, offset)


def partition_of(place: TopicPartition) -> Partition:
    """The partition that the client speaks of."""
    return Partition(place.topic, place.partition)


def fault(what: str, error: KafkaError | KafkaException) -> BusError:
    """What failed, as Kafka calls it; its own words may name brokers and topics, never a record's content."""
    cause = error.args[0] if isinstance(error, KafkaException) else error
    name = cause.name() if isinstance(cause, KafkaError) else type(error).__name__
    if isinstance(cause, KafkaError) and cause.code() in _REFUSALS:
        return RecordRefused(f"{what}: Kafka says {name} - see what the topic takes (max.message.bytes)")
    return BusError(f"{what}: Kafka says {name} - see that the brokers answer and hold enough replicas")
