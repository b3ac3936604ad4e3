"""Tells on the bus of which facilities messages are missing, as the account of the warehouse has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson
import structlog

from engine.bus.bus import Bus, BusError, Producer, read_topic
from engine.bus.record import Record
from engine.canonical import feed_state
from engine.loaders.reconcile import Line, total

log = structlog.get_logger("load")


class FeedAccounts:
    """Told each account; tells of facilities that miss messages, and once of those that miss none any more."""

    def __init__(self, bus: Bus, producer: Producer, now_us: Callable[[], int]) -> None:
        self._bus = bus
        self._producer = producer
        self._now_us = now_us
        self._missing: frozenset[str] | None = None
        """Those of which the last word says so; None while it has to be read."""

    def tell(self, lines: Sequence[Line]) -> None:
        """Tell what an account found; what the bus does not take is told with the next account."""
        if not lines:
            return
        try:
            before = self._read() if self._missing is None else self._missing
        except BusError as error:
            log.warning("what is missing by facility is not told yet", problem=str(error))
            return
        counts = {line.facility: line.counts for line in total(lines, "facility")}
        self._missing = frozenset(facility for facility, one in counts.items() if one.missing)
        told = {facility: (counts[facility].received, counts[facility].missing) for facility in self._missing}
        told |= {one: (counts[one].received if one in counts else 0, 0) for one in before - self._missing}
        now_us = self._now_us()
        records = [feed_state.encode_account(one, *numbers, now_us) for one, numbers in sorted(told.items())]
        if records:
            self._producer.publish(records, self._hear)

    def _read(self) -> frozenset[str]:
        last = {record.key: record for record in read_topic(self._bus, feed_state.TOPIC)}
        return frozenset(_facility(one) for one in last.values() if _misses(one))

    def _hear(self, error: BusError | None) -> None:
        if error is not None:
            log.warning("what is missing by facility is not told yet", problem=str(error))
            self._missing = None


def _facility(record: Record) -> str:
    return record.text("ce_source").removeprefix("/facility/")


def _misses(record: Record) -> bool:
    try:
        return record.text("ce_type") == feed_state.ACCOUNT and int(orjson.loads(record.value)["missing"]) > 0
    except (ValueError, KeyError, TypeError):
        return False
