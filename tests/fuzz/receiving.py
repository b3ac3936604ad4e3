"""One case of the whole pure way of a message: header, answer, record, acknowledgment; then text, segments, fields."""

from __future__ import annotations

import re
from typing import Any

from prometheus_client import CollectorRegistry

from engine.bus.record import Record
from engine.config import MllpSettings
from engine.facilities.admission import Link
from engine.facilities.facility import Facility, Registry
from engine.hl7.acknowledgment import read_acknowledgment
from engine.hl7.charset import CharsetFault, decode
from engine.hl7.delimiters import Delimiters, HeaderFault
from engine.hl7.errors import ErrorCondition
from engine.hl7.escapes import unescape
from engine.hl7.framing import CR, END, VT, Frame, FrameFault, FrameFaultCode, Framer, frame
from engine.hl7.header import Header, read_header
from engine.hl7.message import parse
from engine.listeners.clock import SystemClock
from engine.listeners.gate import Sender
from engine.listeners.received import Received
from engine.listeners.receiving import Ground, Receiving
from engine.listeners.reception import Reception
from engine.observe.metrics import Metrics

REGISTRY = Registry([Facility("79014", "Bệnh viện", senders=("BV14",), authorities=("79014",))])

HEADERS = {
    "id": r"[0-9a-f]{32}",
    "facility": r"79014|unregistered-[0-9a-f]{8}",
    "messagekey": r"[0-9a-f]+",
    "type": r"other|[A-Z][A-Z0-9]{2}(\^[A-Z][A-Z0-9]{2})?",
    "received": r"[0-9]{16}",
    "listener": r"fuzz",
    "dead_reason": r"[A-Z_0-9]+",
    "dead_stage": r"listen",
    "dead_where": r"(MSH(-[0-9]+(\.[0-9])?)?)?",
    "dead_detail": r"[A-Za-z0-9 ,;:()./|^~\\&#_-]+",
    "dead_time": r"[0-9]{16}",
    "dead_attempts": r"[0-9]+",
}
"""What a record's headers may say: nothing that a sender wrote but a message type that looks like one."""

ERR_PARTS = {"", "ERR", "MSH", "E", "HL70357", "1", "2", "4", "9", "10", "11", "12", "13"} | {
    text for condition in ErrorCondition for text in (condition.code, condition.text)
}
"""All that ERR segments may be made of (A12)."""

_FEW = 40
"""Segments of a message, and fields of a segment, that are looked at."""


def check_message(payload: bytes) -> None:
    """Raise AssertionError where the answer or the records are not what they must be; any other exception is a fault.

    A fault of the classes that the readers promise (HeaderFault, CharsetFault) is a right answer to bad bytes. What
    MLLP cannot carry inside of a frame comes as it would over the wire: a VT as a fault, FS CR not at all.
    """
    payload = payload.replace(END, CR)
    found = FrameFault(FrameFaultCode.VT_INSIDE, payload, 0, len(payload)) if VT in payload else Frame(payload)
    for reception in _RECEPTIONS:
        received = reception.receive(found, 0.0, _ANYBODY)
        if received.parts:
            _check_batch(payload, received)
        else:
            _check_message(payload, received)


def _reception(**settings: Any) -> Reception:
    ground = Ground(REGISTRY, bytes(32), SystemClock(), Metrics(CollectorRegistry()))
    return Receiving(MllpSettings(name="fuzz", duplicate_window=0, **settings), ground).reception


_ANYBODY = Sender(Link("fuzz", None, every=False))
_RECEPTIONS = (_reception(), _reception(batches="split", sequence_numbers="ignore", unknown_facility="refuse"))


def _check_message(payload: bytes, received: Received) -> None:
    header = _read(payload)
    accepted = received.answer.refusal is None
    assert accepted or str(received.answer.code) not in ("AA", "CA")
    for record in received.records:
        _check_record(payload, record, accepted)
    if header is None or not header.field(13):
        assert [record.value for record in received.records] == [payload]
    if reply := received.due.reply:
        _check_answer(_unframe(frame(reply)), header)
    if header is not None:
        _read_all(payload, header)


def _check_batch(payload: bytes, received: Received) -> None:
    """Every message of a batch is checked as if it came alone, and their answers are one frame."""
    reply = received.due.reply
    assert not reply or _unframe(frame(reply)) == reply
    for part in received.parts:
        message = part.records[-1].value
        assert message in payload
        _check_message(message, part)


def _read(payload: bytes) -> Header | None:
    try:
        return read_header(payload)
    except HeaderFault:
        return None


def _check_record(payload: bytes, record: Record, accepted: bool) -> None:
    assert re.fullmatch(rb"[0-9a-f]{32}", record.key)
    if record.topic == "sequences":
        assert re.fullmatch(rb"[0-9]*", record.value)
        return
    assert record.value == payload
    assert record.topic == ("hl7.raw" if accepted else "dead")
    for name, value in record.headers.items():
        assert re.fullmatch(HEADERS[name], value.decode("ascii")), name


def _unframe(reply: bytes) -> bytes:
    framer = Framer(len(reply))
    (found,) = framer.feed(reply)
    assert isinstance(found, Frame)
    assert (found.junk_before, framer.junk, framer.inside) == (0, 0, False)
    return found.payload


def _check_answer(answer: bytes, header: Header | None) -> None:
    """A10 to A13: a message of its own that names ours by the byte, and in its ERR segments nothing of it."""
    own = read_header(answer)
    _, msa, *errors, rest = answer.split(b"\r")
    assert rest == b""
    assert msa.split(own.delimiters.field_byte)[2:3] == [_named(header)]
    assert read_acknowledgment(answer).control_id == _named(header)
    assert own.control_id != _named(header) or not own.control_id
    assert (own.field(15), own.field(16)) == (b"", b"")
    if header is not None:
        assert own.delimiters == header.delimiters
        assert own.fields[3:7] == [header.field(5), header.field(6), header.field(3), header.field(4)]
        assert own.field(11) == header.field(11)
    for line in errors:
        _check_error(line, own.delimiters)


def _named(header: Header | None) -> bytes:
    return header.control_id if header else b""


def _check_error(line: bytes, delimiters: Delimiters) -> None:
    text = line.decode("ascii")
    assert text.startswith("ERR")
    signs = re.escape(delimiters.field + delimiters.component + delimiters.repetition + delimiters.subcomponent)
    blanks = str.maketrans(delimiters.encoded.decode(), " " * len(delimiters.encoded))
    allowed = {part.translate(blanks) for part in ERR_PARTS} | ERR_PARTS
    assert set(re.split(f"[{signs}]", text)) <= allowed


def _read_all(payload: bytes, header: Header) -> None:
    try:
        decoded = decode(payload, header.charset)
        message = parse(decoded.text)
    except (CharsetFault, HeaderFault):
        return
    assert message.segments[0].name == "MSH"
    assert all(isinstance(one, str) for one in (message.code, message.event, message.structure, message.version))
    for segment in message.segments[:_FEW]:
        assert message.position(segment).startswith(f"{segment.name}[")
        assert segment.fields[0] == segment.text.partition(segment.delimiters.field)[0]
        for field in segment.fields[:_FEW]:
            unescape(field, segment.delimiters, decoded.charset)
