"""The end of a spool that is written: one segment, trusted only as long as every call on it succeeded."""

from __future__ import annotations

from contextlib import suppress

import structlog

from engine.bus.spool.disk import Disk
from engine.bus.spool.segment import Segment

log = structlog.get_logger()


class SyncFault(OSError):
    """The disk did not sync a segment, which is ended; a new one may do better."""


class Tail:
    """Writes segments one after another; `segment` is the one to write to, None before the first and after an end."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._handle = -1
        self.segment: Segment | None = None

    def begin(self, segment: Segment) -> None:
        """Make the segment's file and write to it from now on."""
        self._handle = self._disk.create(segment.path)
        self.segment = segment

    def write(self, frames: bytes) -> None:
        """Add frames behind the durable end, and have them on the disk; moving that end is the caller's.

        Raises OSError when they are not. The segment is ended then: after a write that failed it is cut back, and after
        a sync that failed nothing more is asked of it, as the kernel may say that all is well without having written.
        """
        segment = self.segment
        if segment is None:
            raise OSError("no segment is begun")
        try:
            self._disk.write(self._handle, frames, segment.end)
        except OSError:
            with suppress(OSError):
                self._disk.cut(self._handle, segment.end)
            self.end()
            raise
        self._sync(segment)

    def end(self) -> None:
        """Write to this segment no more; one without a durable part is deleted."""
        handle, self._handle = self._handle, -1
        segment, self.segment = self.segment, None
        if segment is not None:
            with suppress(OSError):
                self._disk.close(handle)
            if segment.end == 0:
                with suppress(OSError):
                    self._disk.remove(segment.path)

    def _sync(self, segment: Segment) -> None:
        try:
            self._disk.sync(self._handle)
        except OSError as error:
            log.critical("a file of the spool was not synced, going on in a new one", file=str(segment.path))
            self.end()
            raise SyncFault(error.errno, error.strerror) from error
