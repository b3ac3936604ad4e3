"""The reception of a frame: its answer, its record, and whether it was here before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from engine.bus.record import Record
from engine.canonical import dead, raw
from engine.canonical.dead import DeadLetter, Stage
from engine.hl7.delimiters import HeaderFault
from engine.hl7.framing import Frame, FrameFault
from engine.hl7.header import Header, read_header
from engine.listeners.answer import Answer, answer_frame
from engine.listeners.clock import Clock
from engine.listeners.intake import Intake, identity
from engine.listeners.meters import Meters
from engine.listeners.window import Seen, Sighting, Window

ANSWER_ID_BYTES = 20
"""Characters of the record's id that are MSH-10 of its answer: what versions before 2.7 have room for."""

OVERHEAD = 1024
"""Bytes that a record takes beside its payload, so that many small ones count too."""


class Received(NamedTuple):
    """A frame as received: what it gets, and the record to store, None for a message that is stored or about to be.

    The answer, `seen.reply`, may be written once `seen.durable`; `since` is when the frame was whole, monotonic.
    """

    answer: Answer
    seen: Seen
    record: Record | None
    message_type: str
    since: float
    size: int = 0
    """Bytes that the record takes in memory."""


class Reception:
    """Receives the frames of all connections of a listener."""

    def __init__(
        self, intake: Intake, window: Window, processing_ids: frozenset[bytes], clock: Clock, meters: Meters
    ) -> None:
        self._intake = intake
        self._window = window
        self._processing_ids = processing_ids
        self._clock = clock
        self._meters = meters
        self._second = -1
        self._time = b""

    def receive(self, found: Frame | FrameFault, since: float) -> Received:
        """Take in one frame, or a fault that has bytes to keep."""
        now_us = self._clock.now_us()
        header = _read(found.payload)
        answer = answer_frame(found, header, self._processing_ids)
        known = None if isinstance(header, HeaderFault) else header
        message = self._intake.raw(found.payload, known, now_us)
        sighting, seen = self._window.see(identity(message.facility, known), message.message_key)
        if sighting is Sighting.AGAIN:
            self._meters.duplicates.inc()
            return Received(answer, seen, None, message.message_type, since)
        if sighting is Sighting.REUSED and known and known.field(10):
            self._meters.control_id_reuse.inc()
        seen.reply = answer.reply(known, message.id[:ANSWER_ID_BYTES].encode(), self._answer_time(now_us))
        record = _record(message, answer, now_us)
        return Received(answer, seen, record, message.message_type, since, len(found.payload) + OVERHEAD)

    def forget(self, seen: Seen) -> None:
        """Take a message that could not be stored out of the window, so that it is stored when it is sent again."""
        self._window.forget(seen)

    def _answer_time(self, now_us: int) -> bytes:
        second = now_us // 1_000_000
        if second != self._second:
            self._second = second
            self._time = datetime.fromtimestamp(second, UTC).strftime("%Y%m%d%H%M%S+0000").encode()
        return self._time


def _read(payload: bytes) -> Header | HeaderFault:
    try:
        return read_header(payload)
    except HeaderFault as fault:
        return fault


def _record(message: raw.Raw, answer: Answer, now_us: int) -> Record:
    record = raw.encode(message)
    if answer.refusal is None:
        return record
    reason, where, detail, _ = answer.refusal
    return dead.encode(DeadLetter(reason, Stage.LISTEN, where, detail, record), now_us)
