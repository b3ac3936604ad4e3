"""What one process knows of the whole engine, from the topics alone.

Received is what stands on `hl7.raw`; loaded is a receipt below the offset that the loader's group committed. When a
message got there is known only of those that were loaded between two looks. A raw record that is transformed again, by
a newer mapping, counts the first time alone: its receipt names an offset that others have passed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from engine.alerts import standing
from engine.bus.bus import Bus
from engine.bus.record import Partition, Position, Record
from engine.canonical import dead, raw, receipt
from engine.facilities.facility import Registry
from engine.loaders.loader import GROUP as LOADER
from engine.watch.facilities import Facilities
from engine.watch.following import Following
from engine.watch.letters import Letters
from engine.watch.open_alerts import OpenAlerts


class Meter(Protocol):
    """Hears of the engine as a whole."""

    def delivered(self, seconds: float) -> None:
        """A message is in the warehouse, so long after it was accepted."""

    def looked(self, facilities: Facilities, alerts: OpenAlerts, now_us: int) -> None:
        """All topics were looked at."""


class Observer:
    """Reads on by `turn`; `lock` is held while it counts, and by whoever reads what was counted."""

    def __init__(
        self, bus: Bus, registry: Registry, objective_us: int, now_us: Callable[[], int], meter: Meter
    ) -> None:
        self.lock = threading.Lock()
        self.facilities = Facilities(registry, objective_us)
        self.letters = Letters()
        self.alerts = OpenAlerts()
        self._bus = bus
        self._now_us = now_us
        self._meter = meter
        self._positions: dict[Partition, int] = {}
        self._known: dict[Partition, int] | None = None
        self._passed: dict[tuple[int, Partition], int] = {}
        self._received = Following(bus, raw.TOPIC, self._positions)
        self._receipts = Following(bus, receipt.TOPIC, self._positions)
        self._dead = Following(bus, dead.TOPIC, self._positions)
        self._alerting = Following(bus, standing.TOPIC, {}, whole=True)

    def turn(self) -> None:
        """Count what came since the last turn; raises BusError, and the next turn goes on from there."""
        self._each(self._received.read(), self._receive)
        loaded = self._bus.committed(LOADER, receipt.TOPIC)
        self._each(self._receipts.read(loaded), self._load)
        self._known = loaded
        self._each(self._dead.read(), self._bury)
        self._each(self._alerting.read(), lambda record: self.alerts.take([record]))
        with self.lock:
            self._meter.looked(self.facilities, self.alerts, self._now_us())

    def use(self, registry: Registry) -> None:
        """Go by this registry from now on."""
        with self.lock:
            self.facilities.use(registry)

    def body(self) -> dict[str, Any]:
        """What a new process goes on from, as JSON."""
        positions = {f"{at.topic}/{at.number}/0": offset for at, offset in self._positions.items()}
        passed = [[number, *at, offset] for (number, at), offset in self._passed.items()]
        told = {"facilities": self.facilities.body(), "letters": self.letters.body()}
        return {"positions": positions, "passed": passed, **told}

    def restore(self, body: dict[str, Any]) -> None:
        """Go on from what another process left; raises KeyError, TypeError, ValueError or AttributeError."""
        passed = {(number, Partition(topic, part)): int(last) for number, topic, part, last in body["passed"]}
        places = [(Position.parse(place), int(offset)) for place, offset in body["positions"].items()]
        self.facilities.restore(body["facilities"])
        self.letters.restore(body["letters"])
        self._passed.update(passed)
        self._positions.update((Partition(at.topic, at.partition), offset) for at, offset in places)

    def _each(self, records: Iterable[Record], count: Callable[[Record], None]) -> None:
        for record in records:
            with self.lock:
                count(record)

    def _receive(self, record: Record) -> None:
        self.facilities.receive(record.text("facility"), record.text("type"), _number(record.text("received")))

    def _load(self, record: Record) -> None:
        try:
            read = receipt.decode(record)
        except (KeyError, ValueError):
            return
        if self._is_again(record, read.origin.raw) or read.outcome is not receipt.Outcome.MAPPED:
            return
        took_us = max(self._now_us() - read.origin.received_us, 0) if self._is_seen(record) else None
        self.facilities.load(read.origin.facility, read.origin.received_us, took_us)
        if took_us is not None:
            self._meter.delivered(took_us / 1_000_000)

    def _is_seen(self, record: Record) -> bool:
        """Whether the receipt was loaded between the last look and this one."""
        if self._known is None:
            return False
        return record.offset >= self._known.get(Partition(record.topic, record.partition), 0)

    def _is_again(self, record: Record, raw_at: Position) -> bool:
        """Whether this receipt is of a raw record that was passed before; notes that it is passed now."""
        place = (record.partition, Partition(raw_at.topic, raw_at.partition))
        last = self._passed.get(place, -1)
        self._passed[place] = max(last, raw_at.offset)
        return raw_at.offset <= last

    def _bury(self, record: Record) -> None:
        self.facilities.bury(record.text("facility"))
        self.letters.add(record.text("dead_reason"), _number(record.text("dead_time")))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
