"""The producer of the Kafka bus: librdkafka sends, one thread of ours hears what became of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread

from confluent_kafka import KafkaError

from engine.bus.bus import BusError, Durable
from engine.bus.kafka.client import CLOSING, connect, hand_over, is_fatal
from engine.bus.kafka.delivery import Delivery
from engine.bus.kafka.settings import Settings
from engine.bus.record import Record

_POLL = 0.19
"""Seconds that the poller waits for reports, which end the wait; the client cuts what is longer than 0.2 in pieces."""

_NAP = 0.001


class KafkaProducer:
    """Publishes with acks=all; an idempotent client that Kafka declares broken is replaced by a new one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._fatal = False
        self._clients = [connect(settings, self._notice)]
        self._untaken: SimpleQueue[partial[None]] = SimpleQueue()
        self._handed = 0
        self._ended = 0
        self._failed = 0
        self._heard = 0
        self._error: BusError | None = None
        self._closed = False
        self._polls = True
        self._replacing = Lock()
        self._poller = Thread(target=self._run, name="kafka poller", daemon=True)
        self._poller.start()

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        """Hand over the records in order and return at once; `durable` hears how it ended, from the poller."""
        if self._closed:
            raise BusError("not stored: the producer is closed - make a new one")
        if self._fatal:
            self._replace()
        self._handed += 1
        delivery = Delivery(len(records), durable, self._end)
        taken, error = hand_over(self._clients[-1], records, delivery)
        if taken < len(records) or not records:
            self._untaken.put(partial(delivery.refuse, len(records) - taken, error))

    def flush(self, timeout: float) -> None:
        """Wait until everything handed over is durable; raises BusError when it is not."""
        until = time.monotonic() + timeout
        while self._ended != self._handed:
            if time.monotonic() > until:
                raise BusError(f"not durable within {timeout:g} s - see that the brokers answer")
            time.sleep(_NAP)
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

    def _notice(self, error: KafkaError) -> None:
        self._fatal = self._fatal or is_fatal(error)

    def _replace(self) -> None:
        """Go on with a new client; all that the broken one holds fails."""
        self._fatal = False
        with self._replacing:
            self._clients[-1].purge()
            self._clients = [*self._clients, connect(self._settings, self._notice)]

    def _run(self) -> None:
        while self._polls:
            *broken, client = self._clients
            for old in broken:
                old.poll(0)
            if broken:
                self._let_go()
            client.poll(_NAP if broken else _POLL)
            while not self._untaken.empty():
                self._untaken.get()()

    def _let_go(self) -> None:
        """Forget the broken clients that have told all they had to tell."""
        with self._replacing:
            *broken, client = self._clients
            self._clients = [*(old for old in broken if len(old)), client]

    def _end(self, error: BusError | None) -> None:
        if error is not None:
            self._error = error
            self._failed += 1
        self._ended += 1
