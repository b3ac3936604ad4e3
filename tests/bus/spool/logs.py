"""How the tests of the spool make logs, fill them and read them."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry

from engine.bus.record import Record
from engine.bus.spool.disk import Disk
from engine.bus.spool.log import SEGMENT_BYTES, Spooled, SpoolLog
from engine.bus.spool.meter import Meter
from engine.observe.metrics import Metrics

MOST = 1 << 30


def meter(registry: CollectorRegistry | None = None) -> Meter:
    """A meter that counts into a registry of its own."""
    return Meter(Metrics(registry or CollectorRegistry()))


def open_log(
    folder: Path,
    *,
    most: int = MOST,
    registry: CollectorRegistry | None = None,
    disk: Disk | None = None,
    segment_bytes: int = SEGMENT_BYTES,
) -> SpoolLog:
    """The log of a folder."""
    return SpoolLog(folder, most, meter(registry), disk, segment_bytes)


def record(number: int, size: int = 0) -> Record:
    """A record that holds its number, and is at least so large."""
    value = b"%d" % number
    return Record("hl7.raw", b"key %d" % (number % 5), value.ljust(size), {"id": b"id %d" % number})


def read_on(log: SpoolLog, most: int = 100) -> list[Spooled]:
    """All that is left, forgotten as it is read."""
    read: list[Spooled] = []
    while not log.is_empty:
        batch = log.read(most, 1 << 20)
        read += batch.records
        log.forget(batch.place)
    return read


def numbers(spooled: list[Spooled]) -> list[int]:
    """The numbers that the records hold."""
    return [int(one.record.value) for one in spooled]


def segments(folder: Path) -> list[Path]:
    """The segment files, oldest first."""
    return sorted(folder.glob("*.spool[0-9]"))
