"""Frames of a spool's segment: one record each, found again whatever stands before it.

A frame is: the segment's marker (8 bytes), the record's number (u64), when it was spooled (u64, milliseconds since the
epoch), the length of the body (u32), the CRC-32 of the body and the CRC-32 of what stands before in the frame's head.
The body is: the lengths of topic, key and headers (u16, u32, u32), topic, key, headers, value. The marker is drawn at
random for each segment, so that nothing a sender writes into a message can be taken for a frame.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from engine.bus.headers import pack, unpack
from engine.bus.record import Record

MARKER_BYTES = 8

_HEAD = Struct("<8sQQII")
_CRC = Struct("<I")
_LENGTHS = Struct("<HII")
HEAD_BYTES = _HEAD.size + _CRC.size

WINDOW = 1 << 20
"""Bytes that are read at once."""

Read = Callable[[int, int], bytes]
"""So many bytes from an offset on; fewer only at the end of the file."""


class Frame(NamedTuple):
    """An intact frame, from `start` up to but without `end`."""

    start: int
    end: int
    number: int
    time_ms: int
    body: bytes

    def record(self) -> Record:
        """The record as it was spooled."""
        topic_length, key_length, block_length = _LENGTHS.unpack_from(self.body)
        key = _LENGTHS.size + topic_length
        block = key + key_length
        value = block + block_length
        return Record(
            self.body[_LENGTHS.size : key].decode(),
            self.body[key:block],
            self.body[value:],
            unpack(self.body[block:value]),
        )


class Damage(NamedTuple):
    """Bytes that are no frame; `torn` when they look like the last write before a crash, and nothing was lost."""

    start: int
    end: int
    torn: bool


def body(record: Record) -> bytes:
    """The record as the body of a frame."""
    topic, block = record.topic.encode(), pack(record.headers)
    lengths = _LENGTHS.pack(len(topic), len(record.key), len(block))
    return b"".join((lengths, topic, record.key, block, record.value))


def frame(marker: bytes, number: int, time_ms: int, body: bytes) -> bytes:
    """The frame of one record."""
    head = _HEAD.pack(marker, number, time_ms, len(body), crc32(body))
    return b"".join((head, _CRC.pack(crc32(head)), body))


class Frames:
    """Walks over a segment from `at` to `stop`; goes on behind what is damaged, at the next marker of a frame."""

    def __init__(self, read: Read, marker: bytes, at: int, stop: int) -> None:
        self._read = read
        self._marker = marker
        self._stop = stop
        self._start = 0
        self._window = b""
        self.at = at

    def next(self) -> Frame | Damage | None:
        """What stands at `at`, which moves behind it; None at the end."""
        if self.at >= self._stop:
            return None
        found = self._intact(self.at) or self._damage(self.at)
        self.at = found.end
        return found

    def _damage(self, at: int) -> Damage:
        end = self._search(at + 1)
        return Damage(at, end, torn=end == self._stop and self._is_torn(at))

    def _intact(self, at: int) -> Frame | None:
        head = self._bytes(at, HEAD_BYTES)
        if not self._is_head(head):
            return None
        _, number, time_ms, length, checksum = _HEAD.unpack_from(head)
        end = at + HEAD_BYTES + length
        if end > self._stop:
            return None
        found = self._bytes(at + HEAD_BYTES, length)
        return Frame(at, end, number, time_ms, found) if crc32(found) == checksum and len(found) == length else None

    def _is_head(self, head: bytes) -> bool:
        if len(head) < HEAD_BYTES or not head.startswith(self._marker):
            return False
        return bool(_CRC.unpack_from(head, _HEAD.size)[0] == crc32(head[: _HEAD.size]))

    def _search(self, at: int) -> int:
        """Where the next intact frame begins, or the end."""
        while at < self._stop:
            window = self._bytes(at, min(WINDOW, self._stop - at))
            found = window.find(self._marker)
            if found >= 0 and self._intact(at + found) is not None:
                return at + found
            at += found + 1 if found >= 0 else max(len(window) - MARKER_BYTES + 1, MARKER_BYTES)
        return self._stop

    def _is_torn(self, at: int) -> bool:
        """Whether the rest is a frame that was not written to its end, or space that was never written."""
        head = self._bytes(at, HEAD_BYTES)
        if len(head) < HEAD_BYTES:
            return self._marker.startswith(head[:MARKER_BYTES]) or head.startswith(self._marker) or not any(head)
        if self._is_head(head):
            return at + HEAD_BYTES + int(_HEAD.unpack_from(head)[3]) > self._stop
        return all(not any(self._bytes(start, WINDOW)) for start in range(at, self._stop, WINDOW))

    def _bytes(self, at: int, length: int) -> bytes:
        length = min(length, self._stop - at)
        start = at - self._start
        if start < 0 or start + length > len(self._window):
            self._window = self._read(at, max(length, min(WINDOW, self._stop - at)))
            self._start, start = at, 0
        return self._window[start : start + length]
