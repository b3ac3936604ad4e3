"""What a spool holds: its segments, and how far they are forwarded."""

from __future__ import annotations

from threading import Lock

from engine.bus.spool.place import Place
from engine.bus.spool.segment import Segment

NOWHERE = Place(0, b"", 0, 0)
"""The place of a spool of which nothing was forwarded."""


class Holdings:
    """The segments, oldest first; shared by the thread that writes and the one that reads."""

    def __init__(self, segments: list[Segment], place: Place) -> None:
        self._segments = segments
        self._place = place
        self._lock = Lock()

    @property
    def place(self) -> Place:
        """How far they are forwarded."""
        return self._place

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        with self._lock:
            return sum(segment.end for segment in self._segments)

    def left(self) -> list[tuple[Segment, int, int]]:
        """The segments that are not wholly forwarded, each with where to read on and where it ends now."""
        with self._lock:
            return [(one, start, one.end) for one in self._segments if (start := self._start(one)) < one.end]

    def following(self) -> int:
        """The number of the next segment."""
        with self._lock:
            return max([self._place.segment, *(segment.number for segment in self._segments)]) + 1

    def add(self, segment: Segment) -> None:
        """Append a segment."""
        with self._lock:
            self._segments.append(segment)

    def grow(self, segment: Segment, size: int) -> None:
        """Count so many bytes more that the segment durably holds."""
        with self._lock:
            segment.end += size

    def drop(self, segment: Segment) -> None:
        """Forget a segment that holds nothing."""
        with self._lock:
            self._segments.remove(segment)

    def forward(self, place: Place, written: Segment | None) -> list[Segment]:
        """Count all before the place as forwarded; gives the segments that can go, without the one being written."""
        with self._lock:
            self._place = place
            over = [one for one in self._segments if self._start(one) >= one.end and one is not written]
            self._segments = [one for one in self._segments if one not in over]
            return over

    def at(self, place: Place) -> Segment:
        """The segment that a place lies in."""
        with self._lock:
            return next(one for one in self._segments if (one.number, one.marker) == place[:2])

    def _start(self, segment: Segment) -> int:
        if (segment.number, segment.marker) == self._place[:2]:
            return self._place.offset
        return 0 if segment.number >= self._place.segment else segment.end
