"""The producer of the Kafka bus: librdkafka sends, one thread of ours hears what became of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread

from confluent_kafka import KafkaError, KafkaException, Producer

from engine.bus.bus import BusError, Durable
from engine.bus.kafka.delivery import Delivery
from engine.bus.kafka.record import fault
from engine.bus.kafka.settings import Settings
from engine.bus.record import Record

CLOSING = 10.0
"""Seconds that closing waits for what was handed over."""

_ANY, _NOW = -1, 0
"""What the client takes for the partition that the key says, and for the time of publishing."""

_POLL = 0.05
_NAP = 0.001


class KafkaProducer:
    """Publishes with acks=all; an idempotent producer that Kafka declares broken is replaced by a new one.

    An empty value is null in Kafka, which lets go of its key where a topic is compacted.

    One that `gathers` hears what became of records while it is flushed, on the thread that waits for it: a thread that
    heard of them one by one would take Python's lock from who makes the next ones, with every record.
    """

    def __init__(self, settings: Settings, gathers: bool = False) -> None:
        self._settings = dict(settings)
        self._gathers = gathers
        self._fatal = False
        self._producers = [self._connect()]
        self._untaken: SimpleQueue[partial[None]] = SimpleQueue()
        self._handed = 0
        self._ended = 0
        self._failed = 0
        self._heard = 0
        self._error: BusError | None = None
        self._closed = False
        self._polls = True
        self._replacing = Lock()
        self._hearing = Lock()
        self._poller = Thread(target=self._run, name="kafka poller", daemon=True)
        self._poller.start()

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        """Hand over the records in order and return at once; `durable` hears how it ended, from who polls."""
        if self._closed:
            raise BusError("not stored: the producer is closed - make a new one")
        if self._fatal:
            self._replace()
        self._handed += 1
        delivery = Delivery(len(records), durable, self._end)
        taken, error = self._produce(records, delivery)
        if taken < len(records) or not records:
            self._untaken.put(partial(delivery.refuse, len(records) - taken, error))

    def flush(self, timeout: float) -> None:
        """Wait until everything handed over is durable; raises BusError when it is not."""
        until = time.monotonic() + timeout
        while self._ended != self._handed:
            if time.monotonic() > until:
                raise BusError(f"not durable within {timeout:g} s - see that the brokers answer")
            self._wait()
        if self._failed != self._heard:
            self._heard = self._failed
            raise BusError(str(self._error))

    def close(self) -> None:
        """Flush what can be flushed and let go of the brokers."""
        if not self._closed:
            self._closed = True
            with suppress(BusError):
                self.flush(CLOSING)
            self._polls = False
            self._poller.join()

    def abandon(self) -> None:
        """Give up what is not confirmed: it fails at once, all of it, and what is published next overtakes nothing."""
        self._replace()

    def _produce(self, records: Sequence[Record], delivery: Delivery) -> tuple[int, BusError | None]:
        produce: Callable[..., None] = self._producers[-1].produce
        taken = 0
        try:
            for topic, key, value, headers, _, _, _ in records:
                told = headers if type(headers) is dict else dict(headers)
                produce(topic, value or None, key, _ANY, delivery, None, _NOW, told)  # by name it costs a fifth more
                taken += 1
        except BufferError:
            return taken, BusError("not stored: too many records wait already - publish again when some are durable")
        except KafkaException as error:
            return taken, fault(f"not stored (topic {records[taken].topic})", error)
        return taken, None

    def _connect(self) -> Producer:
        return Producer(self._settings, logger=logging.getLogger(__name__), error_cb=self._notice)

    def _notice(self, error: KafkaError) -> None:
        self._fatal = self._fatal or error.fatal() or error.code() == KafkaError._FATAL

    def _replace(self) -> None:
        """Go on with a new producer; all that the broken one holds fails."""
        self._fatal = False
        with self._replacing:
            self._producers[-1].purge()
            self._producers = [*self._producers, self._connect()]

    def _run(self) -> None:
        while self._polls:
            if not self._gathers:
                self._hear(_POLL)
                continue
            time.sleep(_POLL)
            if self._ended == self._handed:
                with self._hearing:
                    self._hear(0)

    def _wait(self) -> None:
        """Wait a little for what was handed over; what was gathered leaves now."""
        if not self._gathers:
            time.sleep(_NAP)
            return
        with self._hearing:
            self._producers[-1].flush(_POLL)
            self._hear(0)

    def _hear(self, seconds: float) -> None:
        """Hear what became of records; by one thread at a time."""
        *broken, producer = self._producers
        for old in broken:
            old.poll(0)
        if broken:
            self._let_go()
        producer.poll(seconds)
        while not self._untaken.empty():
            self._untaken.get()()

    def _let_go(self) -> None:
        """Forget the broken producers that have told all they had to tell."""
        with self._replacing:
            *broken, producer = self._producers
            self._producers = [*(old for old in broken if len(old)), producer]

    def _end(self, error: BusError | None) -> None:
        if error is not None:
            self._error = error
            self._failed += 1
        self._ended += 1
