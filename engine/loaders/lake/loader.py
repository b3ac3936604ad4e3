"""The lake's loader: a group of its own, which reads what the warehouse's loader reads, and commits seldom.

Each commit makes files, and few large ones are read faster than many small ones. So rows are gathered until there are
enough, or the first has waited long enough. What was gathered and not committed is read again after a failure, from
where the lake stands; the bus is told offsets only to show the lag.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

import structlog

from engine.bus.bus import Bus, BusError, Consumer, OffsetOutOfRange
from engine.bus.record import Partition, Record
from engine.canonical import receipt
from engine.loaders.lake.lake import Lake
from engine.loaders.lake.schema import fits
from engine.loaders.loader import BATCH, FIRST_PAUSE, LONGEST_PAUSE, PATIENCE
from engine.loaders.reading import read
from engine.loaders.rows import history_row, receipt_row
from engine.loaders.stands import Stands
from engine.loaders.tables import HISTORY, RECEIPTS, Row, Table
from engine.loaders.warehouse import WarehouseError

log = structlog.get_logger("lake")


class Pace(NamedTuple):
    """When a commit is due: after so many bytes of records, or so long after the first."""

    most_bytes: int
    every_s: float


class Meter(Protocol):
    """Hears what the lake's loader did."""

    def kept(self, table: Table, rows: int, seconds: float) -> None:
        """So many rows were committed, in this time."""


class Gathered:
    """Rows by table that wait for a commit, and the offsets after them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.offsets: dict[Partition, int] = {}
        self.bytes = 0
        self._since = 0.0

    def add(self, records: Sequence[Record], now_us: int) -> None:
        """Take records; what cannot be read or stored the warehouse's loader makes dead letters of."""
        reading = read(records)
        self._since = self._since or time.monotonic()
        events = (history_row(event, now_us) for _, event in reading.events)
        receipts = (receipt_row(one, now_us) for _, one in reading.receipts)
        self.rows[HISTORY.name] += (row for row in events if fits(HISTORY, row))
        self.rows[RECEIPTS.name] += (row for row in receipts if fits(RECEIPTS, row))
        self.offsets.update(reading.offsets)
        self.bytes += sum(len(record.value) for record in records)

    def is_due(self, pace: Pace) -> bool:
        """Whether it is time to commit."""
        waited = time.monotonic() - self._since if self._since else 0.0
        return self.bytes >= pace.most_bytes or (bool(self._since) and waited >= pace.every_s)


class LakeLoader:
    """Loads until it is stopped; a bus or a lake that fails is tried again, longer and longer apart."""

    def __init__(
        self,
        bus: Bus,
        lake: Lake,
        topics: Sequence[str],
        now_us: Callable[[], int],
        meter: Meter,
        pace: Pace,
        group: str,
    ) -> None:
        self._bus = bus
        self._lake = lake
        self._topics = topics
        self._now_us = now_us
        self._meter = meter
        self._pace = pace
        self._group = group
        self._stands = Stands(bus, lake.offsets)
        self._gathered = Gathered()
        self._is_lost = False

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, and commit what was gathered then."""
        consumer = self._bus.consumer(self._group, self._topics, self._starting)
        pause = FIRST_PAUSE
        try:
            while not stop.is_set():
                pause = self._attempt(consumer, pause, stop)
            with suppress(BusError, WarehouseError):
                self._commit(consumer)
        finally:
            consumer.close()

    def _attempt(self, consumer: Consumer, pause: float, stop: threading.Event) -> float:
        """Gather some, and commit if it is time; the pause to make should the next one fail."""
        try:
            self._find_back(consumer)
            records = consumer.poll(BATCH, PATIENCE)
            if not self._is_lost:
                self._gather(records)
            if self._is_lost or not self._gathered.is_due(self._pace):
                return pause
            self._commit(consumer)
        except OffsetOutOfRange as error:
            log.critical("events went from the bus before the lake had them", problem=str(error))
        except (BusError, WarehouseError) as error:
            log.warning("nothing was added to the lake, trying again", problem=str(error), pause_s=pause)
            self._is_lost = True
            stop.wait(pause)
            return min(pause * 2, LONGEST_PAUSE)
        return FIRST_PAUSE

    def _gather(self, records: Sequence[Record]) -> None:
        """Take the records that the lake does not have and that were not gathered before."""
        known = {**self._stands.at, **self._gathered.offsets}
        fresh = [one for one in records if one.offset >= known.get(Partition(one.topic, one.partition), 0)]
        if fresh:
            self._gathered.add(fresh, self._now_us())

    def _commit(self, consumer: Consumer) -> None:
        """Commit table by table; raises when one of them does not stand where this loader believes."""
        gathered = self._gathered
        for table in (HISTORY, RECEIPTS):
            offsets = {at: to for at, to in gathered.offsets.items() if table_of(at.topic) is table}
            if offsets:
                began = time.monotonic()
                stands = {at: self._stands.at[at] for at in offsets if at in self._stands.at}
                self._lake.append(table, gathered.rows[table.name], stands, offsets)
                self._stands.at.update(offsets)
                self._meter.kept(table, len(gathered.rows[table.name]), time.monotonic() - began)
        self._gathered = Gathered()
        with suppress(BusError):
            consumer.commit(gathered.offsets)

    def _starting(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        """Where the lake stands in the partitions that were assigned; what was gathered is read again."""
        self._is_lost = bool(self._gathered.offsets)
        return self._stands.begin(partitions)

    def _find_back(self, consumer: Consumer) -> None:
        """After a failure, read on from where the lake stands."""
        if self._is_lost:
            self._gathered = Gathered()
            self._stands.find_back(consumer)
            self._is_lost = False


def table_of(topic: str) -> Table:
    """The table that the records of a topic go to."""
    return RECEIPTS if topic == receipt.TOPIC else HISTORY
