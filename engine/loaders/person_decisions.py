"""Decisions about persons, read from their topic between two batches and stored with the offset."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog

from engine.bus.bus import Bus
from engine.bus.record import Partition, Record
from engine.loaders.offsets import find_offsets, write_offsets
from engine.loaders.persons import Persons
from engine.loaders.warehouse import Warehouse
from engine.persons.decision import TOPIC, Decision, decode

LOOK = 1.0
"""Seconds between two looks at the topic."""

log = structlog.get_logger("load")


class Deciding:
    """Takes what was decided into the warehouse; several loaders may, for each reads on from what is stored."""

    def __init__(self, bus: Bus, warehouse: Warehouse, persons: Persons) -> None:
        self._bus = bus
        self._warehouse = warehouse
        self._persons = persons
        self._stands: dict[Partition, int] | None = None
        self._due = 0.0

    def take(self) -> None:
        """Store what is new, if it is time to look; raises BusError and WarehouseError."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + LOOK
        if self._stands is None:
            self._stands = {at: to for at, to in self._warehouse.offsets().items() if at.topic == TOPIC}
        for at, span in self._bus.spans(TOPIC).items():
            first = max(span.first, self._stands.get(at, 0))
            if span.next > first:
                self._store(at, list(self._bus.read(at, first, span.next)))
                self._stands[at] = span.next

    def _store(self, at: Partition, records: Sequence[Record]) -> None:
        with self._warehouse.transaction() as transaction:
            stored = find_offsets(transaction, [at])
            fresh = [record for record in records if record.offset >= stored.get(at, 0)]
            if fresh:
                self._persons.decide(transaction, [one for one in map(_read, fresh) if one])
                write_offsets(transaction, stored, {at: fresh[-1].offset + 1})


def _read(record: Record) -> Decision | None:
    try:
        return decode(record)
    except ValueError as error:
        log.warning("a decision about persons cannot be read", at=str(record.position), problem=str(error))
        return None
