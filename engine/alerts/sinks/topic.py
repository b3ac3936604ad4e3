"""A topic of a Kafka cluster: the last word on each alert under its id, for whoever reads it."""

from __future__ import annotations

from engine.alerts.sinks.sink import Away, Detail, Refused
from engine.alerts.sinks.telling import body, idempotency_key
from engine.alerts.standing import Standing
from engine.bus.bus import BusError, Producer, RecordRefused
from engine.bus.record import Record


class TopicSink:
    """Publishes each alert; a repeat has the same key and the same value."""

    again: float | None = None

    def __init__(self, producer: Producer, topic: str, timeout: float, detail: Detail | None = None) -> None:
        self._producer = producer
        self._topic = topic
        self._timeout = timeout
        self._detail = detail

    def send(self, standing: Standing) -> None:
        """Publish it, and return when it is durable."""
        headers = {"content-type": b"application/json", "idempotency-key": idempotency_key(standing).encode()}
        record = Record(self._topic, standing.alert.id.encode(), body(standing, self._detail), headers)
        try:
            self._producer.publish([record], lambda _error: None)
            self._producer.flush(self._timeout)
        except RecordRefused:
            raise Refused("the cluster does not take the record - see the topic's max.message.bytes") from None
        except BusError:
            raise Away("the cluster did not store the record - see that it and the topic are there") from None

    def close(self) -> None:
        """Let go of the producer."""
        self._producer.close()
