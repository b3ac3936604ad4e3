"""The reception of a frame: its answer, its records, and whether it was here before."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.bus.record import Record
from engine.canonical import dead, raw
from engine.canonical.dead import DeadLetter, Stage
from engine.canonical.raw import Raw
from engine.hl7.batch import Batch, split_batch
from engine.hl7.delimiters import HeaderFault, HeaderFaultCode
from engine.hl7.framing import Frame, FrameFault
from engine.hl7.header import Header, read_header
from engine.listeners.answer import Answer, Answering
from engine.listeners.clock import Clock
from engine.listeners.gate import Gate, Sender
from engine.listeners.intake import Intake, identity
from engine.listeners.meters import Meters
from engine.listeners.received import Received, Told, together
from engine.listeners.sequence import Step
from engine.listeners.window import Seen, Sighting, Window

ANSWER_ID_BYTES = 20
"""Characters of the record's id that are MSH-10 of its answer: what versions before 2.7 have room for."""

BATCH_COUNT = "batch_count"
"""Odd about a batch: BTS-1 counts other messages than there are."""

OVERHEAD = 1024
"""Bytes that a record takes beside its payload, so that many small ones count too."""


class Reception:
    """Receives the frames of all connections of a listener; with `splits` batches become their messages."""

    def __init__(
        self,
        intake: Intake,
        gate: Gate,
        window: Window,
        answering: Answering,
        clock: Clock,
        meters: Meters,
        *,
        splits: bool = False,
    ) -> None:
        self._intake = intake
        self._window = window
        self._answering = answering
        self._gate = gate
        self._clock = clock
        self._meters = meters
        self._splits = splits
        self._second = -1
        self._time = b""

    def use(self, intake: Intake, gate: Gate) -> None:
        """Receive by another registry from now on."""
        self._intake = intake
        self._gate = gate

    def receive(self, found: Frame | FrameFault, since: float, sender: Sender) -> Received:
        """Take in one frame, or a fault that has bytes to keep."""
        header = _read(found.payload)
        if self._splits and isinstance(header, HeaderFault) and header.code is HeaderFaultCode.BATCH:
            batch = split_batch(found.payload)
            if batch and isinstance(found, Frame):
                return self._receive_batch(batch, since, sender)
        return self._receive(found, header, since, sender)

    def forget(self, received: Received) -> None:
        """Take back what could not be stored, so that it is stored when it is sent again."""
        for one in reversed(received.each):
            if one.step:
                self._gate.undo(one.step)
            if one.records and isinstance(one.due, Seen):
                self._window.forget(one.due)

    def unstored(self, received: Received) -> bytes:
        """What to answer when the records are not durable in time; b"" for nothing (A4)."""
        header = _read(received.records[0].value) if received.records and not received.parts else None
        if not isinstance(header, Header):
            return b""
        answer = self._answering.unstored(header)
        now_us = self._clock.now_us()
        return answer.reply(header, self._intake.draw_id()[:ANSWER_ID_BYTES].encode(), self._answer_time(now_us))

    def _receive(
        self, found: Frame | FrameFault, header: Header | HeaderFault, since: float, sender: Sender
    ) -> Received:
        now_us = self._clock.now_us()
        known = header if isinstance(header, Header) else None
        message = self._intake.raw(found.payload, known, now_us)
        answer, step = self._answering.answer(found, header), None
        if known and answer.refusal is None:
            answer, step = self._gate.check(known, message, sender, answer)
        if step:
            return self._take_step(step, answer, message, known, since)
        sighting, seen = self._window.see(identity(message.facility, known), message.message_key)
        if sighting is Sighting.AGAIN:
            self._meters.duplicates.inc()
            return Received(answer, seen, (), message.message_type, since)
        if sighting is Sighting.REUSED and known and known.field(10):
            self._meters.control_id_reuse.inc()
        seen.reply = self._reply(answer, known, message)
        record = _record(message, answer, now_us)
        return Received(answer, seen, (record,), message.message_type, since, len(found.payload) + OVERHEAD)

    def _take_step(self, step: Step, answer: Answer, message: Raw, header: Header | None, since: float) -> Received:
        """A message with a sequence number: the number tells whether it was here before, not the window."""
        stored = (raw.encode(message),) if step.clinical else ()
        records = stored + ((step.record,) if step.record else ())
        due = Told(self._reply(answer, header, message), durable=not records)
        counted = message.message_type if stored else ""
        return Received(answer, due, records, counted, since, len(message.payload) + OVERHEAD, step)

    def _receive_batch(self, batch: Batch, since: float, sender: Sender) -> Received:
        if batch.odd:
            self._meters.odd(BATCH_COUNT)
        found = [Frame(payload) for payload in batch.messages]
        parts = tuple(self._receive(one, _read(one.payload), since, sender) for one in found)
        now_us = self._clock.now_us()
        return together(
            batch, parts, self._intake.draw_id()[:ANSWER_ID_BYTES].encode(), self._answer_time(now_us), since
        )

    def _reply(self, answer: Answer, header: Header | None, message: Raw) -> bytes:
        return answer.reply(header, message.id[:ANSWER_ID_BYTES].encode(), self._answer_time(message.received_us))

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


def _record(message: Raw, answer: Answer, now_us: int) -> Record:
    record = raw.encode(message)
    if answer.refusal is None:
        return record
    _, reason, where, detail, _ = answer.refusal
    return dead.encode(DeadLetter(reason, Stage.LISTEN, where, detail, record), now_us)
