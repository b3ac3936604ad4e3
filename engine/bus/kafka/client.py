"""librdkafka's producer, as all producers of the bus use it: opened, and handed records."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from engine.bus.bus import BusError
from engine.bus.kafka.record import fault
from engine.bus.kafka.settings import Settings
from engine.bus.record import Record

Report = Callable[[KafkaError | None, Message], None]
"""Hears what became of a record."""

CLOSING = 10.0
"""Seconds that closing waits for what was handed over."""

_ANY, _NOW = -1, 0
"""What the client takes for the partition that the key says, and for the time of publishing."""


def connect(settings: Settings, notice: Callable[[KafkaError], None]) -> Producer:
    """A client that tells `notice` of its own troubles."""
    return Producer(dict(settings), logger=logging.getLogger(__name__), error_cb=notice)


def is_fatal(error: KafkaError) -> bool:
    """Whether Kafka declares the client broken, so that it sends nothing any more."""
    return error.fatal() or error.code() == KafkaError._FATAL


def hand_over(client: Producer, records: Sequence[Record], report: Report) -> tuple[int, BusError | None]:
    """Hand over the records in order; how many the client took, and why not the rest.

    An empty value is null in Kafka, which lets go of its key where a topic is compacted.
    """
    produce: Callable[..., None] = client.produce
    taken = 0
    try:
        for topic, key, value, headers, _, _, _ in records:
            told = headers if type(headers) is dict else dict(headers)
            produce(topic, value or None, key, _ANY, report, None, _NOW, told)  # by name it costs a fifth more
            taken += 1
    except BufferError:
        return taken, BusError("not stored: too many records wait already - publish again when some are durable")
    except KafkaException as error:
        return taken, fault(f"not stored (topic {records[taken].topic})", error)
    return taken, None
