"""MLLP release 1 without I/O: the bytes of a connection in, frames and faults out (HL7 v2.9 Appendix C, C.4).

A block is `VT payload FS CR`. However the bytes are cut into reads, the frames and faults are the same.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from engine.hl7.fault import HL7Fault

VT, FS, CR = b"\x0b", b"\x1c", b"\r"
END = FS + CR
MSH = b"MSH|"

MAX_BYTES = 16 * 1024 * 1024
MAX_JUNK = 64 * 1024
HEAD_BYTES = 4096
"""So much is kept of a frame that is too large: its MSH segment, for the answer."""


class FrameFlag(StrEnum):
    """What was odd about a frame that is delivered all the same."""

    LONE_FS = "lone_fs"
    FS_WITHOUT_CR = "fs_without_cr"
    VT_MISSING = "vt_missing"


class FrameFaultCode(StrEnum):
    """Why bytes are delivered as no frame. All but VT_INSIDE end the connection's use."""

    TRUNCATED = "truncated"
    JUNK = "junk"
    UNFRAMED = "unframed"
    VT_INSIDE = "vt_inside"
    TOO_LARGE = "too_large"


class FramingFaultCode(StrEnum):
    """Why a payload cannot be put into a frame."""

    UNFRAMEABLE = "unframeable"


class FramingFault(HL7Fault):
    """A payload that MLLP cannot carry."""


class Frame(NamedTuple):
    """One payload as it came, without VT, FS and CR, and the count of junk bytes before its VT."""

    payload: bytes
    junk_before: int = 0
    flags: tuple[FrameFlag, ...] = ()

    def __repr__(self) -> str:
        return f"Frame({len(self.payload)} bytes, junk_before={self.junk_before}, flags={self.flags})"


class FrameFault(NamedTuple):
    """Bytes that are no frame.

    `payload` is the whole block for VT_INSIDE (a dead letter), the MSH segment or what the limit left of it for
    TOO_LARGE, else empty. `length` counts the payload's bytes, for TOO_LARGE up to the limit and one.
    """

    code: FrameFaultCode
    payload: bytes = b""
    junk_before: int = 0
    length: int = 0

    def __repr__(self) -> str:
        return f"FrameFault({self.code}, junk_before={self.junk_before}, length={self.length})"


class Framer:
    """Cut one connection's bytes into frames.

    `accept_missing_vt` takes `MSH|` outside a frame for a start, `accept_missing_cr` an FS before VT, the end of the
    connection or a pause for an end (F3, F4). `inside` is true from VT to the end of the frame, `buffered`
    counts the bytes held then: what deadlines are set by. `junk` counts bytes outside frames not yet reported.
    After a fault that leaves no way to go on `closed` is true and further bytes are ignored.
    """

    __slots__ = (
        *("inside", "closed", "junk", "_fresh", "_buffer", "_tail", "_flags"),
        *("_max_bytes", "_max_junk", "_missing_vt", "_missing_cr", "_find_end"),
    )

    def __init__(
        self,
        max_bytes: int = MAX_BYTES,
        *,
        max_junk: int = MAX_JUNK,
        accept_missing_vt: bool = False,
        accept_missing_cr: bool = False,
    ) -> None:
        self.inside = self.closed = False
        self.junk = 0
        self._fresh = True
        self._buffer = bytearray()
        self._tail = b""
        self._flags: tuple[FrameFlag, ...] = ()
        self._max_bytes, self._max_junk = max_bytes, max_junk
        self._missing_vt, self._missing_cr = accept_missing_vt, accept_missing_cr
        self._find_end = re.compile(b"\x1c[\r\x0b]" if accept_missing_cr else b"\x1c\r").search

    @property
    def buffered(self) -> int:
        """The bytes held of the frame that has begun."""
        return len(self._buffer)

    @property
    def pending_end(self) -> bool:
        """Whether `pause` would end a frame: the last byte is an FS, and one without CR is accepted."""
        return self._missing_cr and self.inside and self._buffer.endswith(FS)

    def feed(self, data: bytes) -> list[Frame | FrameFault]:
        """The frames and faults that these bytes complete, in order."""
        end = data.find(FS, 1)
        if (  # the common read: one whole frame and nothing else
            end == len(data) - 2
            and data[0] == 0x0B
            and data[-1] == 0x0D
            and self._fresh
            and data.find(VT, 1) < 0
            and end <= self._max_bytes + 1
        ):
            return [Frame(data[1:end])]
        return self._scan(data)

    def pause(self) -> Frame | FrameFault | None:
        """The frame that ends because its sender fell silent after FS; None unless `pending_end` (F4)."""
        if not self.pending_end:
            return None
        ended = self._finish(bytes(self._buffer[:-1]), with_cr=False)
        self._fresh = not self.closed
        return ended

    def end(self) -> Frame | FrameFault | None:
        """What the end of the connection leaves: a truncated frame (F2), or None between frames."""
        left = self.pause()
        if left is None and self.inside:
            left = FrameFault(FrameFaultCode.TRUNCATED, junk_before=self.junk, length=len(self._buffer))
        self._close()
        return left

    def _scan(self, data: bytes) -> list[Frame | FrameFault]:
        found: list[Frame | FrameFault] = []
        at = 0
        while at < len(data) and not self.closed:
            at = self._collect(data, at, found) if self.inside else self._skip(data, at, found)
        self._fresh = not (self.inside or self.closed or self.junk)
        return found

    def _skip(self, data: bytes, at: int, found: list[Frame | FrameFault]) -> int:
        """Pass over junk up to the next VT; the position to go on from."""
        start = data.find(VT, at)
        if start == at and not self._tail:
            self.inside = True
            return at + 1
        stop = len(data) if start < 0 else start
        seen = self._tail + data[at:stop]
        msh = seen.find(MSH)
        if msh >= 0 and self.junk - len(self._tail) + msh + len(MSH) <= self._max_junk:
            return self._begin_unframed(at, msh, found)
        self.junk += stop - at
        self._tail = seen[1 - len(MSH) :]
        if self.junk > self._max_junk:
            found.append(FrameFault(FrameFaultCode.JUNK, junk_before=self._max_junk + 1))
            self._close()
        elif start >= 0:
            self.inside, self._tail = True, b""
            return stop + 1
        return stop

    def _begin_unframed(self, at: int, msh: int, found: list[Frame | FrameFault]) -> int:
        """Take up a message without VT, or refuse it."""
        before, held = self.junk - len(self._tail) + msh, len(self._tail)
        if self._missing_vt:
            self.inside, self.junk, self._tail = True, before, b""
            self._buffer += MSH
            self._flags = (FrameFlag.VT_MISSING,)
        else:
            found.append(FrameFault(FrameFaultCode.UNFRAMED, junk_before=before))
            self._close()
        return at + msh + len(MSH) - held

    def _collect(self, data: bytes, at: int, found: list[Frame | FrameFault]) -> int:
        """Gather a frame up to its end; the position to go on from."""
        buffer = self._buffer
        if buffer.endswith(FS) and (data[at] == 0x0D or (self._missing_cr and data[at] == 0x0B)):
            found.append(self._finish(bytes(buffer[:-1]), data[at] == 0x0D))
            return at + (data[at] == 0x0D)
        first = data.find(FS, at)
        end = self._find_end(data, first) if first >= 0 else None
        if end:
            with_cr = end[0] == END
            rest = data[at : end.start()]
            found.append(self._finish(b"".join((buffer, rest)) if buffer else rest, with_cr))
            return end.start() + 1 + with_cr
        buffer += data[at:]
        if len(buffer) - buffer.endswith(FS) > self._max_bytes:
            found.append(self._refuse_size(buffer))
        return len(data)

    def _finish(self, payload: bytes, with_cr: bool) -> Frame | FrameFault:
        if len(payload) > self._max_bytes:
            return self._refuse_size(payload)
        junk, flags = self.junk, self._flags
        self.inside, self.junk, self._flags = False, 0, ()
        if self._buffer:
            self._buffer = bytearray()
        if payload.find(VT) >= 0:
            return FrameFault(FrameFaultCode.VT_INSIDE, payload, junk, len(payload))
        flags += (FrameFlag.LONE_FS,) if payload.find(FS) >= 0 else ()
        flags += () if with_cr else (FrameFlag.FS_WITHOUT_CR,)
        return Frame(payload, junk, flags)

    def _refuse_size(self, payload: bytes | bytearray) -> FrameFault:
        head = bytes(payload[: min(HEAD_BYTES, self._max_bytes)])
        segment = head.replace(b"\n", CR).partition(CR)[0]
        fault = FrameFault(FrameFaultCode.TOO_LARGE, segment, self.junk, self._max_bytes + 1)
        self._close()
        return fault

    def _close(self) -> None:
        self.inside, self.closed, self._fresh = False, True, False
        self.junk, self._tail, self._buffer = 0, b"", bytearray()


def frame(payload: bytes) -> bytes:
    """The payload as an MLLP block; raises FramingFault for one that a receiver would not get back whole."""
    if END in payload or VT in payload:
        raise FramingFault(
            FramingFaultCode.UNFRAMEABLE, "payload", "the payload holds VT or FS CR", "take MLLP's own signs out of it"
        )
    return b"\x0b%b\x1c\r" % payload
