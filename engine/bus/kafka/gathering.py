"""The producer of the Kafka bus for who hands over many records and then flushes: it hears of failures only."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from threading import Event, Lock, Thread

from confluent_kafka import KafkaError

from engine.bus.bus import BusError, Durable
from engine.bus.kafka.client import CLOSING, connect, hand_over, is_fatal
from engine.bus.kafka.delivery import Gathered
from engine.bus.kafka.settings import Settings
from engine.bus.record import Record

_POLL = 0.05
_IDLE = 1.0
"""Seconds between two looks at what the client has to say while nothing is under way."""

_GIVEN_UP = "not known to be stored: Kafka's client broke and was given up - publish again"
_UNTAKEN = "not stored: handing it over broke off - publish again"
_UNHEARD = "not known to be stored: what Kafka's client said of it was lost - publish again"


class KafkaGatheringProducer:
    """Publishes with acks=all, and takes for durable what is not reported as failed.

    A report of each record would cost an object and a call of Python. The client counts a record as its own until its
    report was heard; so when it has none left, nothing more is to be heard of any call. The thread that flushes hears
    the reports: another would take Python's lock from who makes the next records.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = {**settings, "delivery.report.only.error": True}
        self._fatal = False
        self._clients = [connect(self._settings, self._notice)]
        self._open: list[Gathered] = []
        self._closed = Event()
        self._hearing = Lock()
        self._idler = Thread(target=self._idle, name="kafka idler", daemon=True)
        self._idler.start()

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        """Hand over the records in order and return at once; `durable` hears how it ended, from a flush."""
        if self._closed.is_set():
            raise BusError("not stored: the producer is closed - make a new one")
        if self._fatal:
            self._replace()
        call = Gathered(durable)
        self._open.append(call)
        try:
            _, error = hand_over(self._clients[-1], records, call)
        except BaseException:
            call.fail(BusError(_UNTAKEN))
            raise
        if error is not None:
            call.fail(error)

    def flush(self, timeout: float) -> None:
        """Wait until everything handed over is durable; raises BusError when it is not."""
        until = time.monotonic() + timeout
        while not self._is_out():
            if time.monotonic() > until:
                raise BusError(f"not durable within {timeout:g} s - see that the brokers answer")
        ended, self._open = self._open, []
        for call in ended:
            call.end()
        if failed := next((call.error for call in ended if call.error), None):
            raise BusError(str(failed))

    def close(self) -> None:
        """Flush what can be flushed and let go of the brokers."""
        if not self._closed.is_set():
            self._closed.set()
            self._idler.join()
            with suppress(BusError):
                self.flush(CLOSING)

    def _is_out(self) -> bool:
        """Send, wait a little, and say whether the client has no record left of which something is to be heard."""
        client = self._clients[-1]
        with self._hearing:
            try:
                client.flush(_POLL)
            except BaseException:
                self._fail_all(_UNHEARD)
                raise
        return not len(client)

    def _fail_all(self, why: str) -> None:
        for call in self._open:
            call.fail(BusError(why))

    def _notice(self, error: KafkaError) -> None:
        self._fatal = self._fatal or is_fatal(error)

    def _replace(self) -> None:
        """Go on with a new client; all that is under way fails, whatever the broken one still says of it."""
        self._fatal = False
        self._fail_all(_GIVEN_UP)
        with self._hearing:
            self._clients[-1].purge()
            self._clients = [*self._clients, connect(self._settings, self._notice)]

    def _idle(self) -> None:
        """Hear what else clients say, and let go of broken ones that hold nothing any more."""
        while not self._closed.wait(_IDLE):
            with self._hearing:
                *broken, client = self._clients
                for one in broken if self._open else self._clients:
                    one.poll(0)
                self._clients = [*(one for one in broken if len(one)), client]
