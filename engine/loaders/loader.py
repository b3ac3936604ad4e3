"""The loader stage: reads events and receipts, and loads them into the warehouse, which keeps the offsets too.

Exactly once in effect: rows and offsets stand in one transaction, and after any failure the loader reads on from where
the warehouse stands, be it before the failed batch or after it. The bus is told offsets only to show the lag.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from engine.bus.bus import Bus, BusError, Consumer, OffsetOutOfRange, Producer
from engine.bus.record import Partition, Position, Record, next_offsets
from engine.canonical import dead
from engine.canonical.dead import DeadLetter, Reason, Stage
from engine.language.garbage import uncollected
from engine.loaders.batch import Follow, Loaded, load_batch
from engine.loaders.reading import Reading, read
from engine.loaders.stands import Stands
from engine.loaders.warehouse import OtherViews, Refused, Warehouse, WarehouseError

GROUP = "loader"
BATCH = 8000
TOGETHER = 2
"""Batches that one poll asks for and one transaction holds."""
PATIENCE = 0.5
"""Seconds that a poll waits, and so the longest that a stop goes unheard."""
FLUSH_SECONDS = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0

log = structlog.get_logger("load")


class Meter(Protocol):
    """Hears what the loader did."""

    def loaded(self, batch: Loaded, seconds: float) -> None:
        """One batch was committed, in this time."""

    def buried(self, reason: Reason) -> None:
        """One dead letter is durable."""


class Loader:
    """Loads until it is stopped; a bus or a warehouse that fails is tried again, longer and longer apart."""

    def __init__(
        self,
        bus: Bus,
        producer: Producer,
        warehouse: Warehouse,
        topics: Sequence[str],
        now_us: Callable[[], int],
        meter: Meter,
        follows: Iterable[Follow] = (),
        group: str = GROUP,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """Load what is on `topics`, those of resources and of receipts; `producer` is for dead letters.

        `follows` write what hangs on current resources, one after the other. `between` is called between two polls,
        where nothing else is written; it may raise WarehouseError.
        """
        self._bus = bus
        self._producer = producer
        self._warehouse = warehouse
        self._topics = topics
        self._now_us = now_us
        self._meter = meter
        self._follows = tuple(follows)
        self._group = group
        self._between = between
        self._stands = Stands(bus, warehouse.offsets)
        self._buried: set[Position] = set()
        self._is_lost = False

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; raises OtherViews when the tables that follow are others'."""
        consumer = self._bus.consumer(self._group, self._topics, self._stands.begin)
        pause = FIRST_PAUSE
        try:
            while not stop.is_set():
                pause = self._attempt(consumer, pause, stop)
        finally:
            consumer.close()

    def _attempt(self, consumer: Consumer, pause: float, stop: threading.Event) -> float:
        """One poll; the pause to make should the next one fail."""
        try:
            self._find_back(consumer)
            self._between()
            records = consumer.poll(TOGETHER * BATCH, PATIENCE)
            if records:
                self._load(records)
                self._show(consumer, records)
        except OffsetOutOfRange as error:
            log.critical("events went from the bus before they were loaded", problem=str(error))
        except OtherViews:
            raise
        except (BusError, WarehouseError) as error:
            log.warning("a batch was not loaded, trying again", problem=str(error), pause_s=pause)
            self._is_lost = True
            stop.wait(pause)
            return min(pause * 2, LONGEST_PAUSE)
        return FIRST_PAUSE

    @uncollected()
    def _load(self, records: Sequence[Record]) -> None:
        """Load all that the warehouse takes; what cannot be read or is refused becomes a dead letter."""
        began = time.monotonic()
        try:
            loaded, stands = self._load_together(records)
        except Refused as error:
            self._narrow(records, error)
            return
        self._stands.at = stands
        self._buried.difference_update(record.position for record in records)
        took = (time.monotonic() - began) / len(loaded)
        for batch in loaded:
            self._meter.loaded(batch, took)

    def _load_together(self, records: Sequence[Record]) -> tuple[list[Loaded], dict[Partition, int]]:
        """Load the records batch by batch in one transaction; gives what each did, and where the warehouse stands then.

        Each is read while the warehouse writes the one before.
        """
        loaded, stands = [], dict(self._stands.at)
        with self._warehouse.transaction() as transaction:
            for at in range(0, len(records), BATCH):
                reading = self._read(records[at : at + BATCH])
                loaded.append(load_batch(transaction, reading.batch(stands), self._now_us(), self._follows))
                stands |= reading.offsets
        return loaded, stands

    def _read(self, records: Sequence[Record]) -> Reading:
        """What the records hold; those that cannot be read become dead letters."""
        reading = read(records, self._buried)
        for record, problem in reading.unreadable:
            self._bury(record, f"cannot be read ({problem})")
        return reading

    def _narrow(self, records: Sequence[Record], error: Refused) -> None:
        """Load again in halves, until the refused record stands alone, and then without it."""
        if len(records) > 1:
            middle = len(records) // 2
            self._load(records[:middle])
            self._load(records[middle:])
        elif records[0].position in self._buried:
            raise error
        else:
            self._bury(records[0], str(error))
            self._load(records)

    def _bury(self, record: Record, problem: str) -> None:
        """Make a dead letter of the record, durable on return; raises BusError."""
        letter = DeadLetter(Reason.LOAD, Stage.LOAD, record.topic, problem, record)
        self._producer.publish([dead.encode(letter, self._now_us())], lambda _error: None)
        self._producer.flush(FLUSH_SECONDS)
        self._buried.add(record.position)
        self._meter.buried(Reason.LOAD)

    def _find_back(self, consumer: Consumer) -> None:
        """After a failure, read on from where the warehouse stands."""
        if self._is_lost:
            self._stands.find_back(consumer)
            self._is_lost = False

    def _show(self, consumer: Consumer, records: Sequence[Record]) -> None:
        with suppress(BusError):
            consumer.commit(next_offsets(records))
