"""The log of a spool: records in order on the disk, added at one end by one thread and let go at the other by another.

A segment is only ever added to, and only while all goes well with it. Nothing is repaired in place: what is damaged is
copied into a file beside it, and reading goes on at the next frame.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import structlog

from engine.bus.bus import BusError
from engine.bus.record import Record
from engine.bus.spool.aside import Aside
from engine.bus.spool.disk import Disk
from engine.bus.spool.frame import HEAD_BYTES, Damage, Frame, Frames, body, frame
from engine.bus.spool.holdings import NOWHERE, Holdings
from engine.bus.spool.meter import Meter
from engine.bus.spool.place import Place, read_place, write_place
from engine.bus.spool.segment import Segment, find_segments
from engine.bus.spool.tail import SyncFault, Tail

SEGMENT_BYTES = 32 << 20
"""Size from which a segment is ended: what is removed at once when it is forwarded."""

PLACE_FILE = "forwarded"

log = structlog.get_logger()


class SpoolFull(BusError):
    """The spool holds as much as it may; it passes when Kafka takes some of it."""


class Spooled(NamedTuple):
    """A record of the spool, its frame, and the place behind it."""

    record: Record
    frame: Frame
    place: Place


class Batch(NamedTuple):
    """Records in their order, and the place behind all that was looked at: there may be damage and no record."""

    records: list[Spooled]
    place: Place


class SpoolLog:
    """The segments of one folder. One thread appends, one reads and forgets; any may ask how much there is."""

    def __init__(
        self, folder: Path, most: int, meter: Meter, disk: Disk | None = None, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self.folder = folder
        self._most = most
        self._meter = meter
        self._disk = disk or Disk()
        self._segment_bytes = segment_bytes
        self._tail = Tail(self._disk)
        self._aside = Aside(self._disk, meter)
        segments, foreign = find_segments(folder)
        for path in foreign:
            log.error("a spool of an unknown format is left alone - run the version that wrote it", file=str(path))
        self._holdings = Holdings(segments, self._stored_place())
        self._next = self._find_next(segments)
        self._oldest_ms = 0
        self.read(1, 1)

    # How much there is

    @property
    def is_empty(self) -> bool:
        """Whether everything was forwarded."""
        return not self._holdings.left()

    @property
    def depth(self) -> int:
        """Records that are not forwarded, reckoned by their numbers."""
        return 0 if self.is_empty else max(self._next - self._holdings.place.record, 1)

    @property
    def size(self) -> int:
        """Bytes of the segments."""
        return self._holdings.size

    @property
    def room(self) -> int:
        """Bytes that may still be added."""
        return max(min(self._most - self.size, self._disk.free(self.folder)), 0)

    @property
    def age(self) -> float:
        """Seconds since the oldest record was spooled, by the wall clock; 0 when there is none."""
        return 0.0 if self.is_empty else max(time.time() - self._oldest_ms / 1000, 0.0)

    # The end that is written

    def append(self, records: Sequence[Record]) -> None:
        """Add the records; on return they are on the disk. Raises BusError when they are not known to be."""
        bodies = [body(record) for record in records]
        size = sum(map(len, bodies)) + HEAD_BYTES * len(bodies)
        if self.size + size > self._most:
            raise SpoolFull(f"not stored: the spool holds its {self._most} bytes - see that Kafka comes back")
        try:
            self._append(bodies)
        except OSError as error:
            what = f"not stored: {error.strerror} ({self.folder})"
            raise BusError(f"{what} - see that its disk is well and has room") from error
        self._meter.spooled.inc(len(records))

    def _append(self, bodies: Sequence[bytes]) -> None:
        """Write and sync, once more in a new segment when it is the sync that failed."""
        try:
            self._write(bodies)
        except SyncFault:
            self._write(bodies)

    def _write(self, bodies: Sequence[bytes]) -> None:
        segment = self._tail.segment or self._begin_segment()
        now_ms = time.time_ns() // 1_000_000
        frames = [frame(segment.marker, number, now_ms, one) for number, one in enumerate(bodies, self._next)]
        content = b"".join(frames)
        try:
            self._tail.write(content)
        except OSError:
            if segment.end == 0:
                self._holdings.drop(segment)
            raise
        if self.is_empty:
            self._oldest_ms = now_ms
        self._next += len(bodies)
        self._holdings.grow(segment, len(content))
        if segment.end >= self._segment_bytes:
            self._tail.end()

    def _begin_segment(self) -> Segment:
        segment = Segment.new(self.folder, self._holdings.following())
        self._tail.begin(segment)
        self._holdings.add(segment)
        return segment

    # The end that is read

    def read(self, most: int, most_bytes: int) -> Batch:
        """The oldest records that are not forwarded: up to `most`, until they come to `most_bytes`.

        Raises BusError when the files cannot be read.
        """
        place, records, size = self._holdings.place, list[Spooled](), 0
        try:
            with closing(self._walk()) as walk:
                for segment, found in walk:
                    following = found.number + 1 if isinstance(found, Frame) else place.record
                    place = Place(segment.number, segment.marker, found.end, following)
                    if isinstance(found, Frame):
                        records.append(Spooled(found.record(), found, place))
                        size += len(found.body)
                    if len(records) >= most or size >= most_bytes:
                        break
        except OSError as error:
            raise BusError(f"not read: {error.strerror} ({self.folder}) - see that the disk is well") from error
        if records:
            self._oldest_ms = records[0].frame.time_ms
        return Batch(records, place)

    def forget(self, place: Place) -> None:
        """Let go of what stands before the place: it is Kafka's now."""
        over = self._holdings.forward(place, self._tail.segment)
        with suppress(OSError):  # a full disk: the next one may fit, and until then a restart repeats more
            self._disk.replace(self.folder / PLACE_FILE, write_place(place))
        for segment in over:
            self._aside.remove(segment)

    def set_aside(self, spooled: Spooled, problem: str) -> None:
        """Keep a record that cannot be forwarded in a file of its own; raises BusError where it cannot be read."""
        segment = self._holdings.at(spooled.place)
        try:
            with self._opened(segment) as handle:
                self._aside.refused(segment, handle, spooled.frame, problem)
        except OSError as error:
            raise BusError(f"not read: {error.strerror} ({self.folder}) - see that the disk is well") from error

    def tidy(self) -> bool:
        """Whether all is forwarded; the files go then. Only while nothing is appended."""
        if self.is_empty and self.size:
            self._tail.end()
            self.forget(self._holdings.place)
        return self.is_empty

    def close(self) -> None:
        """Let go of the files."""
        self._tail.end()

    def _walk(self) -> Generator[tuple[Segment, Frame | Damage], None, None]:
        for segment, start, end in self._holdings.left():
            yield from self._walk_segment(segment, start, end)

    def _walk_segment(self, segment: Segment, start: int, end: int) -> Iterator[tuple[Segment, Frame | Damage]]:
        with self._opened(segment) as handle:
            frames = Frames(lambda at, length: self._disk.read(handle, length, at), segment.marker, start, end)
            while found := frames.next():
                if isinstance(found, Damage):
                    self._aside.damaged(segment, handle, found)
                yield segment, found

    @contextmanager
    def _opened(self, segment: Segment) -> Iterator[int]:
        handle = self._disk.open(segment.path)
        try:
            yield handle
        finally:
            self._disk.close(handle)

    # What is there at the start

    def _stored_place(self) -> Place:
        try:
            content = (self.folder / PLACE_FILE).read_bytes()
        except OSError:
            return NOWHERE
        return read_place(content) or NOWHERE

    def _find_next(self, segments: Sequence[Segment]) -> int:
        """The number after that of the last record; the segments before need not be read for it."""
        for segment in reversed(segments):
            walk = self._walk_segment(segment, 0, segment.end)
            numbers = [found.number for _, found in walk if isinstance(found, Frame)]
            if numbers:
                return numbers[-1] + 1
        return self._holdings.place.record
