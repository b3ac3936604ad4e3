"""The transformer stage: reads `hl7.raw`, publishes what each message comes to, and then moves its offset.

At least once: after a crash a batch is transformed again, to the same events with the same ids, which the loader knows.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from engine.bus.bus import Bus, BusError, Consumer, Producer, RecordRefused
from engine.bus.elapsed import is_over
from engine.bus.record import Record, first_offsets, next_offsets
from engine.canonical import raw
from engine.canonical.feed import FeedTally
from engine.canonical.unmapped import Tally
from engine.transforms.conversion import Conversion, Converted, bury
from engine.transforms.guard import Guard
from engine.transforms.holding import Holding, after_failure
from engine.transforms.in_work import MOST_ENDS, InWork
from engine.transforms.publishing import Handover, deliver, publish_all, publish_records
from engine.transforms.withholding import Withholding

GROUP = "transformer"
BATCH = 1000
AT_ONCE = 10
"""Messages that are converted before what they came to is handed over: so much fits into the processor's memory."""
PATIENCE = 0.5
"""Seconds that a poll waits, and so the longest that a stop goes unheard."""
TOLD_EVERY_US = 60_000_000
"""Between two records of what no table held."""
COUNTED_EVERY_US = 30_000_000
"""Between two words on what came of the messages of each facility."""
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
        holding: Holding | None = None,
        withholding: Withholding | None = None,
        in_work: InWork | None = None,
    ) -> None:
        """Convert each batch with what `in_use` gives right before it; it may raise BusError."""
        self._bus = bus
        self._producer = producer
        self._in_use = in_use
        self._now_us = now_us
        self._meter = meter
        self._guard = guard
        self._holding = holding
        self._withholding = withholding
        self._in_work = in_work or InWork(bytearray(InWork.SIZE))
        self._unmapped = Tally()
        self._feeds = FeedTally(uuid.uuid4().hex)
        self._told_us = self._counted_us = now_us()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        consumer = self._bus.consumer(GROUP, [raw.TOPIC])
        pause = FIRST_PAUSE
        try:
            while not stop.is_set():
                pause = self._attempt(consumer, pause, stop)
            self._tell_unmapped()
            self._tell_feeds()
        except BusError:
            log.warning("the last counts of unmapped codes and of messages were lost")
        finally:
            consumer.close()

    def _attempt(self, consumer: Consumer, pause: float, stop: threading.Event) -> float:
        """One batch; the pause to make should the next one fail."""
        records: list[Record] = []
        try:
            if is_over(self._told_us, self._now_us(), TOLD_EVERY_US):
                self._tell_unmapped()
            if is_over(self._counted_us, self._now_us(), COUNTED_EVERY_US):
                self._tell_feeds()
            if self._guard and self._guard.stands(self._in_use()):
                stop.wait(PATIENCE)
                return FIRST_PAUSE
            records = consumer.poll(BATCH, PATIENCE)
            conversion = self._in_use()
            self._retry(consumer, conversion)
            if records:
                self._work(consumer, records, conversion)
        except BusError:
            log.warning("the bus failed, trying again", records=len(records), pause_s=pause)
            stop.wait(pause)
            consumer.seek(first_offsets(records))
            return min(pause * 2, LONGEST_PAUSE)
        return FIRST_PAUSE

    def _retry(self, consumer: Consumer, conversion: Conversion) -> None:
        """Try again what waits, before anything that follows it."""
        if self._withholding:
            self._withholding.take_over(consumer.assigned())
            self._withholding.go_on(conversion)
        if self._holding:
            self._holding.take_over(consumer.assigned())
            ended = self._holding.retry(conversion, self._withhold)
            if ended:
                self._count(ended)
                self._meter.transformed(ended, 0.0)

    def _work(self, consumer: Consumer, records: list[Record], conversion: Conversion) -> None:
        began = self._now_us()
        try:
            batch, passed = self._hand_over(records, conversion, began)
        except BusError:
            if self._holding is None:
                raise
            batch, passed = self._deliver(records, conversion, began)
        if passed:
            consumer.commit(next_offsets(records[:passed]))
            if self._guard:
                self._guard.published(batch)
            self._count(batch)
            self._meter.transformed(batch, (self._now_us() - began) / 1_000_000)
        if passed < len(records):
            consumer.seek(first_offsets(records[passed:]))

    def _hand_over(self, records: list[Record], conversion: Conversion, now_us: int) -> tuple[list[Converted], int]:
        """Convert a few records and hand over what they came to, then the next; return when all of it is durable.

        From the first dead letter on all the rest goes together, so that the guard judges it before any of it is out.
        Gives what it came to, without records, and how many records were taken before the guard stopped it.
        """
        handover, batch = Handover(self._producer), list[Converted]()
        passed = 0
        while passed < len(records):
            end = min(passed + AT_ONCE, len(records))
            free = self._free(records[passed:end])
            made = self._convert_all(free, conversion, now_us)
            if any(one.reason for one in made):
                rest, end = self._free(records[end:]), len(records)
                free, made = free + rest, made + self._convert_all(rest, conversion, now_us)
            if self._guard and not self._guard.passes(made, conversion, batch):
                break
            batch += handover.give(self._withhold(free, made, conversion))
            passed = end
        handover.settle()
        if self._holding:
            self._holding.hold([one for one in records[:passed] if self._holding.holds(one.key)])
        return batch, passed

    def _deliver(self, records: list[Record], conversion: Conversion, now_us: int) -> tuple[list[Converted], int]:
        """Convert records again and publish what each came to by itself, after the bus did not take some of it.

        What the bus refuses is a dead letter, and what it does not take now waits with its key.
        """
        free = self._free(records)
        batch = self._convert_all(free, conversion, now_us)
        if self._guard and not self._guard.passes(batch, conversion):
            return [], 0
        batch = self._withhold(free, batch, conversion)
        failed = deliver(self._producer, batch)
        for place in [place for place, error in failed.items() if isinstance(error, RecordRefused)]:
            batch[place] = bury(free[place], batch[place], str(failed.pop(place)), self._now_us(), 1)
            self._withhold([free[place]], [batch[place]], conversion)
            publish_all(self._producer, [batch[place]])
        waits = {one.position for one in after_failure(free, {free[place].position for place in failed})}
        taken = {one.position for one in free} - waits
        if self._holding:
            self._holding.hold([one for one in records if one.position not in taken])
        return [one for record, one in zip(free, batch, strict=True) if record.position in taken], len(records)

    def _free(self, records: list[Record]) -> list[Record]:
        """Those whose key does not wait."""
        return [one for one in records if not (self._holding and self._holding.holds(one.key))]

    def _convert_all(self, records: list[Record], conversion: Conversion, now_us: int) -> list[Converted]:
        batch = [self._convert(record, conversion, now_us) for record in records]
        self._in_work.leave()
        return batch

    def _convert(self, record: Record, conversion: Conversion, now_us: int) -> Converted:
        """Convert one record, unless it ended the process before: then it is given up unread."""
        position = record.position
        ends = self._in_work.ends(position)
        if ends >= MOST_ENDS:
            log.error("a message that ended the process is given up", raw=str(position), ends=ends)
            return conversion.give_up(record, ends, now_us)
        self._in_work.enter(position)
        return conversion.convert(record, now_us)

    def _count(self, batch: Sequence[Converted]) -> None:
        for one in batch:
            if one.unmapped:
                self._unmapped.add(one.facility, one.unmapped, one.content)
            at_us = one.received_us or self._now_us()
            self._feeds.add(
                one.facility, at_us, one.outcome, one.reason or "", late=one.late, unmapped=len(one.unmapped)
            )

    def _withhold(
        self, records: Sequence[Record], batch: Sequence[Converted], conversion: Conversion
    ) -> list[Converted]:
        return self._withholding.withhold(records, batch, conversion) if self._withholding else list(batch)

    def _tell_unmapped(self) -> None:
        """Publish the counts of a minute. They are for people: a crash loses them, and no message with them."""
        self._told_us = self._now_us()
        records = self._unmapped.records(self._told_us)
        if records:
            publish_records(self._producer, records)
            self._unmapped.clear()

    def _tell_feeds(self) -> None:
        """Publish what each minute came to so far. A crash loses the last seconds of it, and no message with them."""
        self._counted_us = self._now_us()
        records = self._feeds.records(self._counted_us)
        if records:
            publish_records(self._producer, records)
            self._feeds.forget(self._counted_us)
