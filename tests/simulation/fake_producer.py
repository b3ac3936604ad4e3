"""The way into a fake bus, which loses what was not flushed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from engine.bus.bus import BusError, Durable
from engine.bus.record import Record
from tests.simulation.fake_log import FakeLog
from tests.simulation.plan import Death, Plan

Call = tuple[Sequence[Record], Durable]


class FakeProducer:
    """Holds what it is handed until it is flushed; a process that dies takes it along."""

    def __init__(self, log: FakeLog, plan: Plan) -> None:
        self._log = log
        self._plan = plan
        self._calls: list[Call] = []
        self._is_closed = False

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        if self._is_closed:
            raise BusError("the producer is closed - open another")
        self._plan.reach("publish")
        self._calls.append((tuple(records), durable))

    def flush(self, timeout: float) -> None:
        calls, self._calls = self._calls, []
        heard = self._write([records for records, _ in calls])
        for (_, durable), failure in zip(calls, heard, strict=True):
            with suppress(Exception):
                durable(failure)
        if failed := [one for one in heard if one]:
            raise BusError(str(failed[0]))

    def lose(self) -> None:
        """Store the first few of what waits, as the plan says, and forget the rest; nobody hears of it."""
        self._keep([records for records, _ in self._calls])
        self._calls = []

    def close(self) -> None:
        if not self._is_closed:
            with suppress(BusError):
                self.flush(0)
        self._is_closed = True

    def _write(self, calls: Sequence[Sequence[Record]]) -> list[BusError | None]:
        """Store the records of these calls; how it ended for each, which need not be how it was."""
        try:
            self._plan.reach("flush")
        except (BusError, Death) as error:
            self._keep(calls)
            if isinstance(error, Death):
                raise
            return [error] * len(calls)
        stored = [self._store(records) for records in calls]
        try:
            self._plan.reach("flushed")
        except BusError as error:
            return [error] * len(calls)
        return stored

    def _keep(self, calls: Iterable[Sequence[Record]]) -> None:
        for record in [record for records in calls for record in records][: self._plan.kept]:
            with suppress(BusError):
                self._log.store(record)

    def _store(self, records: Iterable[Record]) -> BusError | None:
        """Store what can be stored of one call; the first of what went wrong."""
        failed: list[BusError] = []
        for record in records:
            try:
                self._log.store(record)
            except BusError as error:
                failed.append(error)
        return failed[0] if failed else None
