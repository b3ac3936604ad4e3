"""A producer around Kafka's that goes on while Kafka does not confirm: into a spool on this machine's disk.

What it reports durable is with Kafka, or synced in the spool. Three threads work beside the caller's: one writes the
spool, one forwards it, and one watches that what went to Kafka is confirmed in time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import structlog

from engine.bus import outbox
from engine.bus.bus import BusError, Durable
from engine.bus.record import Record
from engine.bus.spool.forwarder import Forwarder
from engine.bus.spool.log import SpoolFull, SpoolLog
from engine.bus.spool.meter import Meter
from engine.bus.spool.owner import Owner, left_behind
from engine.bus.spool.route import Route, Target, Way

CLOSING = 8.0
LEAVING = 1.0
"""Seconds that closing waits for what was handed over, and for each thread."""

REPORT_EVERY = 1.0
ADOPT_EVERY = 60.0
"""Seconds between two reports, and between two looks for spools that were left behind."""

_LOOKS, _LONGEST_LOOK = 20, 0.25
"""How often within the time to confirm it is looked whether it is over, and the seconds between two looks at most."""

_IDLE = 60.0
_NAP = 0.001

log = structlog.get_logger()


class SpoolPlace(NamedTuple):
    """Where a worker spools: in `root`/`worker`; the first worker also forwards what workers from `workers` on left."""

    root: Path
    most: int
    worker: int = 0
    workers: int = 1


class SpooledProducer:
    """Publishes straight to `target` while that confirms within `confirm` seconds, else through the spool.

    `prepare` has Kafka ready for the first record, or raises BusError: it is called from a thread of the producer, when
    Kafka may be away. Nothing else of `target` is used by others. Raises BusError when the spool cannot be had.
    """

    def __init__(
        self, target: Target, place: SpoolPlace, confirm: float, prepare: Callable[[], None], meter: Meter
    ) -> None:
        self._target = target
        self._place = place
        self._confirm = confirm
        self._meter = meter
        self._owner = Owner(place.root / str(place.worker))
        self._own = SpoolLog(self._owner.folder, place.most, meter)
        self._adopted: list[tuple[Owner, SpoolLog]] = []
        self._adopt()
        kept = self._adopted or not self._own.is_empty
        self._route = Route(target, Way.SPOOLED if kept else Way.HELD)
        self._forwarder = Forwarder(self._route, target, self._logs, confirm, prepare)
        self._heard = 0
        self._closed = False
        self._stop = Event()
        works = {"spool writer": self._write, "spool forwarder": self._forwarder.run, "spool watch": self._watch}
        self._threads = [Thread(target=work, name=name, daemon=True) for name, work in works.items()]
        if kept:
            log.warning("the spool holds messages of an earlier run, they go first", records=self._own.depth)
        for thread in self._threads:
            thread.start()

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        """Hand over the records in order and return at once; `durable` hears how it ended, from some thread."""
        if self._closed:
            raise BusError("not stored: the producer is closed - make a new one")
        self._route.take(records, durable)

    def flush(self, timeout: float) -> None:
        """Wait until everything handed over is durable, with Kafka or in the spool; raises BusError when it is not."""
        until = time.monotonic() + timeout
        while not self._route.is_settled:
            if time.monotonic() > until:
                raise BusError(f"not durable within {timeout:g} s - see that Kafka answers and the disk is well")
            time.sleep(_NAP)
        failed = self._route.failed
        if failed != self._heard:
            self._heard = failed
            raise BusError(str(self._route.error))

    def close(self) -> None:
        """Flush what can be flushed and let go of Kafka and of the spool, which is forwarded by who opens it next."""
        if self._closed:
            return
        self._closed = True
        with suppress(BusError):
            self.flush(CLOSING)
        self._stop.set()
        self._forwarder.stop.set()
        self._route.outbox.end()
        for thread in self._threads:
            thread.join(LEAVING)
        self._target.close()
        for owner, spool in [*self._adopted, (self._owner, self._own)]:
            spool.close()
            owner.close()

    # The threads

    def _write(self) -> None:
        while not self._route.outbox.ended:
            calls = self._route.outbox.take(_IDLE)
            self._store(calls)
            self._route.outbox.done(calls)

    def _store(self, calls: Sequence[outbox.Call]) -> None:
        """Append all of it with one sync; when the spool is too full for that, call by call as they fit."""
        error = self._append(calls)
        if isinstance(error, SpoolFull) and len(calls) > 1:
            for call in calls:
                call.durable(call.refusal or self._append([call]))
            return
        for call in calls:
            call.durable(call.refusal or error)

    def _append(self, calls: Sequence[outbox.Call]) -> BusError | None:
        records = [record for call in calls for record in call.records]
        try:
            if records:
                self._own.append(records)
        except BusError as error:
            return error
        except Exception as error:  # a record of wrong types fails those it came with, never the thread
            log.exception("records_not_spooled")
            return BusError(f"not stored: {type(error).__name__} - see the log")
        return None

    def _watch(self) -> None:
        report = adopt = time.monotonic()
        while not self._stop.wait(min(self._confirm / _LOOKS, _LONGEST_LOOK)):
            now = time.monotonic()
            since = self._route.waits_since()
            if since is not None and now - since > self._confirm:
                self._route.turn(f"not confirmed within {self._confirm:g} s - see that the brokers answer")
            if now - report >= REPORT_EVERY:
                report = now
                self._report()
            if now - adopt >= ADOPT_EVERY:
                adopt = now
                self._adopt()
                if self._adopted:
                    self._route.turn("a spool that was left behind goes first")
        self._report()

    def _report(self) -> None:
        logs = self._logs()
        self._meter.report(
            sum(one.depth for one in logs),
            sum(one.size for one in logs),
            self._own.room,
            max(one.age for one in logs),
        )

    # Spools that were left behind

    def _logs(self) -> list[SpoolLog]:
        return [*(spool for _, spool in self._adopted), self._own]

    def _adopt(self) -> None:
        """Take over the spools of workers that are no more, and let go of those that are forwarded."""
        for owner, spool in [one for one in self._adopted if one[1].is_empty]:
            self._adopted = [one for one in self._adopted if one[0] is not owner]
            spool.close()
            owner.close()
        if self._place.worker == 0:
            owners = left_behind(self._place.root, self._place.workers)
            found = [(owner, SpoolLog(owner.folder, 0, self._meter)) for owner in owners]
            self._adopted = [*self._adopted, *found]
