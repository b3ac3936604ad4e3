"""Regions of a spool that are set aside: copied into files beside their segment, for somebody to look at."""

from __future__ import annotations

from pathlib import Path

import structlog

from engine.bus.spool.disk import Disk
from engine.bus.spool.frame import WINDOW, Damage, Frame
from engine.bus.spool.meter import Meter
from engine.bus.spool.segment import Segment

log = structlog.get_logger()


class Aside:
    """Sets aside, and says so aloud: an error in the log and a metric, once for each region."""

    def __init__(self, disk: Disk, meter: Meter) -> None:
        self._disk = disk
        self._meter = meter
        self._uncopied: set[Path] = set()

    def damaged(self, segment: Segment, handle: int, damage: Damage) -> None:
        """Keep bytes that are no frame; what a crash left of the last write was never confirmed, and is let go."""
        if damage.torn:
            log.info("the last write of a spool was cut off by a crash", file=segment.path.name, bytes=_length(damage))
        elif self._copy(segment, handle, "damaged", damage):
            self._meter.damages.inc()
            log.error("a spool is damaged, serving the rest", **_where(segment, damage))

    def refused(self, segment: Segment, handle: int, frame: Frame, problem: str) -> None:
        """Keep a record that Kafka refuses for good."""
        if self._copy(segment, handle, "refused", frame):
            self._meter.refused.inc()
            log.error("a spooled message is refused, going on", problem=problem, **_where(segment, frame))

    def remove(self, segment: Segment) -> None:
        """Delete a segment, or rename it where a region of it could not be copied."""
        try:
            if segment.path in self._uncopied:
                segment.path.rename(segment.path.with_name(f"{segment.path.name}.kept"))
            else:
                self._disk.remove(segment.path)
        except OSError as error:
            log.warning("a forwarded file of the spool stays", file=segment.path.name, problem=error.strerror)

    def _copy(self, segment: Segment, handle: int, why: str, region: Damage | Frame) -> bool:
        """Whether the region was not set aside before."""
        path = segment.path.with_name(f"{segment.path.name}.{why}-{region.start}-{region.end}")
        if path.exists() or segment.path in self._uncopied:
            return False
        try:
            copy = self._disk.create(path)
            try:
                for at in range(region.start, region.end, WINDOW):
                    content = self._disk.read(handle, min(WINDOW, region.end - at), at)
                    self._disk.write(copy, content, at - region.start)
                self._disk.sync(copy)
            finally:
                self._disk.close(copy)
        except OSError:
            self._uncopied.add(segment.path)
        return True


def _where(segment: Segment, region: Damage | Frame) -> dict[str, str | int]:
    return {"file": str(segment.path), "offset": region.start, "bytes": _length(region)}


def _length(region: Damage | Frame) -> int:
    return region.end - region.start
