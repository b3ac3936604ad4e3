"""The transformer stage: reads `hl7.raw`, publishes what each message comes to, and then moves its offset.

At least once: after a crash a batch is transformed again, to the same events with the same ids, which the loader knows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from engine.bus.bus import Bus, BusError, Consumer, Producer
from engine.bus.record import Record, first_offsets, next_offsets
from engine.canonical import raw
from engine.canonical.unmapped import Tally
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.guard import Guard
from engine.transforms.publishing import publish_all, publish_records

GROUP = "transformer"
BATCH = 1000
PATIENCE = 0.5
"""Seconds that a poll waits, and so the longest that a stop goes unheard."""
TOLD_EVERY_US = 60_000_000
"""Between two records of what no table held."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0

log = structlog.get_logger("transform")


class Meter(Protocol):
    """Hears what a batch came to, when all of it is durable."""

    def transformed(self, batch: Sequence[Converted], seconds: float) -> None:
        """One batch, and the time from reading it to its commit."""


class Transformer:
    """Transforms until it is stopped; a bus that fails is tried again, longer and longer apart."""

    def __init__(
        self,
        bus: Bus,
        producer: Producer,
        in_use: Callable[[], Conversion],
        now_us: Callable[[], int],
        meter: Meter,
        guard: Guard | None = None,
    ) -> None:
        """Convert each batch with what `in_use` gives right before it; it may raise BusError."""
        self._bus = bus
        self._producer = producer
        self._in_use = in_use
        self._now_us = now_us
        self._meter = meter
        self._guard = guard
        self._unmapped = Tally()
        self._told_us = now_us()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        consumer = self._bus.consumer(GROUP, [raw.TOPIC])
        pause = FIRST_PAUSE
        try:
            while not stop.is_set():
                pause = self._attempt(consumer, pause, stop)
            self._tell_unmapped()
        except BusError:
            log.warning("the last counts of unmapped codes were lost")
        finally:
            consumer.close()

    def _attempt(self, consumer: Consumer, pause: float, stop: threading.Event) -> float:
        """One batch; the pause to make should the next one fail."""
        records: list[Record] = []
        try:
            if self._now_us() - self._told_us >= TOLD_EVERY_US:
                self._tell_unmapped()
            if self._guard and self._guard.stands(self._in_use()):
                stop.wait(PATIENCE)
                return FIRST_PAUSE
            records = consumer.poll(BATCH, PATIENCE)
            conversion = self._in_use()
            if records:
                self._work(consumer, records, conversion)
        except BusError:
            log.warning("the bus failed, trying again", records=len(records), pause_s=pause)
            stop.wait(pause)
            consumer.seek(first_offsets(records))
            return min(pause * 2, LONGEST_PAUSE)
        return FIRST_PAUSE

    def _work(self, consumer: Consumer, records: list[Record], conversion: Conversion) -> None:
        began = self._now_us()
        batch = [conversion.convert(record, began) for record in records]
        if self._guard and not self._guard.passes(batch, conversion):
            consumer.seek(first_offsets(records))
            return
        publish_all(self._producer, batch)
        consumer.commit(next_offsets(records))
        if self._guard:
            self._guard.published(batch)
        for converted in batch:
            self._unmapped.add(converted.facility, converted.unmapped, converted.content)
        self._meter.transformed(batch, (self._now_us() - began) / 1_000_000)

    def _tell_unmapped(self) -> None:
        """Publish the counts of a minute. They are for people: a crash loses them, and no message with them."""
        self._told_us = self._now_us()
        records = self._unmapped.records(self._told_us)
        if records:
            publish_records(self._producer, records)
            self._unmapped.clear()
