"""Dead letters: what could not go on, with the reason, the position in the message and the bytes as they came."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.bus.record import Position, Record
from engine.canonical import raw
from engine.canonical.envelope import raw_of

TOPIC = "dead"


class Reason(StrEnum):
    """Why a message is a dead letter: a closed set of codes, each described in the reference."""

    NOT_HL7 = "NOT_HL7"
    """The frame holds no readable MSH segment."""
    FRAME = "FRAME"
    """The frame breaks the MLLP framing: cut off, too large, or with a start byte inside."""
    CONTROL_ID_MISSING = "CONTROL_ID_MISSING"
    """MSH-10 is empty."""
    REFUSED = "REFUSED"
    """The listener does not take this type, version or processing id (MSH-9, MSH-12, MSH-11)."""
    FACILITY = "FACILITY"
    """The sender is not one whom the listener takes messages from (MSH-4, the registry)."""
    SEQUENCE = "SEQUENCE"
    """The sequence number is not the one expected (MSH-13)."""
    CHARSET = "CHARSET"
    """The bytes cannot be decoded without a guess."""
    BATCH = "BATCH"
    """A batch came over a link that does not split batches."""
    UNMATCHED = "UNMATCHED"
    """No mapping knows the message type."""
    STRUCTURE = "STRUCTURE"
    """A line is no segment, or a segment that the message needs is not there."""
    VALUE = "VALUE"
    """A field holds what its type does not allow, a date that is no date for one."""
    MAPPING = "MAPPING"
    """The mapping failed on the message; the mapping is at fault."""
    CRASH = "CRASH"
    """The process ended twice in the middle of the message, for want of memory or by a fault of a library."""
    BUS = "BUS"
    """The bus does not take what the message came to: an event is too large, or a topic cannot be written to."""
    LOAD = "LOAD"
    """The warehouse refused an event."""


class Stage(StrEnum):
    """Where the message stopped."""

    LISTEN = "listen"
    TRANSFORM = "transform"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that stopped; `where` is an HL7 path or a line of a mapping; `detail` never holds a value of it."""

    reason: Reason
    stage: Stage
    where: str
    detail: str
    source: Record
    """The record as it came in; from the listener one that was never published."""
    attempts: int = 1
    """How often it was tried."""


def encode(letter: DeadLetter, now_us: int) -> Record:
    """The dead letter as a record of `dead`: the original key, bytes and headers, and the reason beside them."""
    source = letter.source
    headers = dict(source.headers) | {
        "dead_reason": letter.reason.encode(),
        "dead_stage": letter.stage.encode(),
        "dead_where": letter.where.encode(),
        "dead_detail": letter.detail.encode(),
        "dead_time": str(now_us).encode(),
        "dead_attempts": str(letter.attempts).encode(),
    }
    if source.offset >= 0:
        headers["dead_position"] = str(source.position).encode()
    stopped = _raw_of(source)
    if stopped:
        headers["dead_raw"] = str(stopped).encode()
    return Record(TOPIC, source.key, source.value, headers)


def raw_position(record: Record) -> Position | None:
    """The raw record that a dead letter stopped, or None for a message that the listener did not accept."""
    text = record.text("dead_raw")
    return Position.parse(text) if text else None


def _raw_of(source: Record) -> Position | None:
    """The raw record itself, or the one that an event names; a receipt that cannot be read names none."""
    if source.topic == raw.TOPIC and source.offset >= 0:
        return source.position
    try:
        return raw_of(source)
    except (ValueError, KeyError):
        return None
