"""Why a frame is not accepted: the causes that a listener's `answers` are set by, and what each says."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from engine.canonical.dead import Reason
from engine.hl7.errors import ErrorCondition, ReportedError
from engine.hl7.path import Path


class Cause(StrEnum):
    """What decides the code of a refusal; each is a setting of `listeners[].answers`."""

    CONTROL_ID = "control_id"
    MESSAGE_TYPE = "message_type"
    EVENT = "event"
    PROCESSING_ID = "processing_id"
    VERSION = "version"
    SENDER = "sender"
    CONTENT = "content"
    SEQUENCE = "sequence"
    BATCH = "batch"
    UNREADABLE = "unreadable"
    START_INSIDE = "start_inside"
    TOO_LARGE = "too_large"
    STORAGE = "storage"


class Refusal(NamedTuple):
    """The cause, the dead letter's reason, place and words, and what the answer reports."""

    cause: Cause
    reason: Reason
    where: str
    detail: str
    errors: tuple[ReportedError, ...] = ()


def _refusal(
    cause: Cause, reason: Reason, condition: ErrorCondition, detail: str, where: Path | None = None
) -> Refusal:
    return Refusal(cause, reason, str(where or ""), detail, (ReportedError(condition, where),))


NO_CONTROL_ID = _refusal(
    Cause.CONTROL_ID,
    Reason.CONTROL_ID_MISSING,
    ErrorCondition.REQUIRED_FIELD_MISSING,
    "the message has no control id (MSH-10) - number each message",
    Path("MSH", 10),
)
MESSAGE_TYPE = _refusal(
    Cause.MESSAGE_TYPE,
    Reason.REFUSED,
    ErrorCondition.UNSUPPORTED_MESSAGE_TYPE,
    "the message type is none (MSH-9.1) - send three letters such as ADT",
    Path("MSH", 9, component=1),
)
EVENT = _refusal(
    Cause.EVENT,
    Reason.REFUSED,
    ErrorCondition.UNSUPPORTED_EVENT_CODE,
    "the trigger event is none (MSH-9.2) - send three characters such as A01",
    Path("MSH", 9, component=2),
)
PROCESSING_ID = _refusal(
    Cause.PROCESSING_ID,
    Reason.REFUSED,
    ErrorCondition.UNSUPPORTED_PROCESSING_ID,
    "the processing id is not taken here (MSH-11) - send to the listener for it, or add it to processing_ids",
    Path("MSH", 11),
)
VERSION = _refusal(
    Cause.VERSION,
    Reason.REFUSED,
    ErrorCondition.UNSUPPORTED_VERSION_ID,
    "the version is none (MSH-12) - send one such as 2.5.1",
    Path("MSH", 12),
)
SENDER_UNKNOWN = _refusal(
    Cause.SENDER,
    Reason.FACILITY,
    ErrorCondition.UNKNOWN_KEY_IDENTIFIER,
    "the registry knows no such facility (MSH-4) - add it, or have the sender claim its code",
    Path("MSH", 4),
)
SENDER_MISMATCH = _refusal(
    Cause.SENDER,
    Reason.FACILITY,
    ErrorCondition.UNKNOWN_KEY_IDENTIFIER,
    "this connection may not send for the facility that MSH-4 claims - see its entry in the registry",
    Path("MSH", 4),
)
SEQUENCE = _refusal(
    Cause.SEQUENCE,
    Reason.SEQUENCE,
    ErrorCondition.SEGMENT_SEQUENCE_ERROR,
    "the sequence number is not the one expected (MSH-13) - go on from MSA-4, or start the link again with 0 or -1",
    Path("MSH", 13),
)
START_INSIDE = _refusal(
    Cause.START_INSIDE,
    Reason.FRAME,
    ErrorCondition.OTHER_HL7_ERROR,
    "a start byte VT stands inside the frame - end each frame before the next begins",
)
TOO_LARGE = _refusal(
    Cause.TOO_LARGE,
    Reason.FRAME,
    ErrorCondition.VALUE_TOO_LONG,
    "the frame is larger than the listener takes - raise max_frame, or send less at once",
)
STORAGE = (ReportedError(ErrorCondition.APPLICATION_INTERNAL_ERROR),)
"""What the answer reports when the message could not be stored in time."""
