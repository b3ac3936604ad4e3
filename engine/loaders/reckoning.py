"""The account of what was received lately, taken again and again, and kept as a table of the warehouse."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import NamedTuple

import structlog

from engine.bus.bus import Bus, BusError
from engine.bus.record import Partition
from engine.loaders.evidence import take_account
from engine.loaders.reconcile import Counts, Line, total
from engine.loaders.tables import FATES, RECONCILIATION, Row
from engine.loaders.warehouse import Warehouse, WarehouseError

HOUR_US = 3_600_000_000

log = structlog.get_logger("load")


class Pace(NamedTuple):
    """How often the account is taken, and of how much: whole hours, back from now."""

    every_s: float
    back_us: int


class Reckoning:
    """Takes the account on a thread of its own; what it found is written by the loader, which alone writes."""

    def __init__(
        self,
        bus: Bus,
        warehouse: Warehouse,
        transformer: str,
        pace: Pace,
        now_us: Callable[[], int],
        tell: Callable[[Counts], None],
    ) -> None:
        """`transformer` is the group that reads raw records; `tell` hears the sum of each account."""
        self._bus = bus
        self._warehouse = warehouse
        self._transformer = transformer
        self._pace = pace
        self._now_us = now_us
        self._tell = tell
        self._starts: dict[Partition, int] = {}
        self._found: Sequence[Line] | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take the account every so often while this lasts; never, when the pace says 0."""
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop,), name="reconciliation", daemon=True)
        if self._pace.every_s:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            if thread.ident:
                thread.join(1)

    def take(self) -> None:
        """Take the account once; raises BusError and WarehouseError."""
        since_us = (self._now_us() - self._pace.back_us) // HOUR_US * HOUR_US
        account = take_account(self._bus, self._warehouse, self._transformer, since_us, self._starts)
        self._found = account.lines
        self._tell(next((line.counts for line in total(account.lines)), Counts()))
        if account.missing:
            log.error(
                "messages are missing", count=len(account.missing), hint="name them by `engine reconcile --missing`"
            )

    def write(self) -> Sequence[Line]:
        """Write what was found since the last time, in place of what was counted before; raises WarehouseError."""
        found, self._found = self._found, None
        if not found:
            return ()
        rows = [_row(line, self._now_us()) for line in found]
        with self._warehouse.transaction() as transaction:
            transaction.remove(RECONCILIATION, RECONCILIATION.key, RECONCILIATION.keys(rows))
            transaction.insert(RECONCILIATION, rows)
        return found

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(self._pace.every_s):
            try:
                self.take()
            except (BusError, WarehouseError) as error:
                log.warning("no account of the messages was taken, trying again", problem=str(error))
            except Exception as error:  # the edge: an account that fails may not end the loading
                log.warning("no account of the messages was taken", problem=type(error).__name__)


def _row(line: Line, now_us: int) -> Row:
    counts = asdict(line.counts)
    return (line.hour, line.facility, line.message_type, *(counts[fate] for fate in FATES), now_us)
