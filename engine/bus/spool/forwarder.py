"""The forwarder of a spool: publishes what it holds in order, once Kafka is back, and then gives the way free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event

import structlog

from engine.bus.bus import BusError
from engine.bus.spool.log import Batch, SpoolLog
from engine.bus.spool.route import Route, Target, Way
from engine.bus.spool.sending import Sending

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds between attempts while Kafka is away; doubled each time."""

PROBE = 1
MOST = 2_000
MOST_BYTES = 8 << 20
"""Records that are sent before any of them is confirmed: one at first, and ever more as long as it goes well."""

NEAR = 1_000
"""Records left in the spool from which on new ones are held until those are forwarded."""

IDLE = 0.25
_NAP = 0.002
_TICK = 0.1

log = structlog.get_logger()


class Forwarder:
    """Forwards the logs one after another, the spool's own last; `run` is the work of one thread.

    `prepare` is called before the first record and again after each failure: it has Kafka ready, or raises BusError.
    """

    def __init__(
        self,
        route: Route,
        target: Target,
        logs: Callable[[], Sequence[SpoolLog]],
        confirm: float,
        prepare: Callable[[], None],
    ) -> None:
        self._route = route
        self._target = target
        self._logs = logs
        self._confirm = confirm
        self._prepare = prepare
        self._is_ready = False
        self._most = PROBE
        self.stop = Event()

    def run(self) -> None:
        """Work until `stop` is set."""
        pause = FIRST_PAUSE
        while not self.stop.is_set():
            try:
                self._step()
                pause = FIRST_PAUSE
            except BusError as error:
                self._fail(str(error))
                self.stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception as error:
                log.exception("forwarding failed, trying again")
                self._fail(type(error).__name__)
                self.stop.wait(LONGEST_PAUSE)

    def _fail(self, problem: str) -> None:
        self._is_ready = False
        self._most = PROBE
        if not self.stop.is_set():
            self._route.turn(problem)

    def _step(self) -> None:
        if self._route.way is Way.DIRECT:
            self._most = PROBE
            self.stop.wait(IDLE)
            return
        if not self._is_ready:
            self._prepare()
            self._is_ready = True
        if self.stop.is_set():
            return
        *others, own = self._logs()
        first = next((one for one in others if not one.is_empty), own)
        if first.is_empty:
            self._give_free(own)
        else:
            self._forward(first, first.read(self._most, MOST_BYTES))
            if first is own and own.depth <= NEAR and self._most == MOST:
                self._route.hold()

    def _give_free(self, own: SpoolLog) -> None:
        if self._route.way is Way.SPOOLED:
            self._route.hold()
        if not self._route.go_direct(own.tidy):
            self.stop.wait(_NAP)

    def _forward(self, source: SpoolLog, batch: Batch) -> None:
        if not batch.records:
            source.forget(batch.place)
            return
        sending = Sending(batch.records)
        sending.begin(self._target)
        self._await(sending, len(batch.records))
        confirmed = sending.confirmed()
        for spooled, problem in sending.refused:
            source.set_aside(spooled, str(problem))
        if confirmed:
            source.forget(batch.records[confirmed - 1].place)
        if confirmed < len(batch.records):
            raise sending.error or BusError(f"not confirmed within {self._confirm:g} s - see that the brokers answer")
        self._most = min(self._most * 10, MOST)

    def _await(self, sending: Sending, count: int) -> None:
        """Until all of it is confirmed, or some of it failed: then the rest is given up, so that nothing overtakes.

        One record alone is waited for as long as the producer itself has patience; it has nothing to overtake.
        """
        while not sending.done.wait(_TICK):
            if self.stop.is_set() or (count > 1 and sending.silence() > self._confirm):
                self._target.abandon()
                return
        if sending.error is not None and count > 1:
            self._target.abandon()
