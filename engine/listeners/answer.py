"""What a frame gets: whether it is accepted, how it is answered, and why not if not. Pure: no clock, no socket.

An accepted frame is answered AA, or CA in enhanced mode, which says only that its bytes are durable (HL7 v2.9, 2.9.2
and 2.9.3): what the message holds is looked at later. Whatever is not accepted becomes a dead letter first.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from engine.canonical.dead import Reason
from engine.hl7.acknowledgment import AcknowledgmentCode as Code
from engine.hl7.acknowledgment import acknowledge, canned, due
from engine.hl7.delimiters import HeaderFault, HeaderFaultCode
from engine.hl7.errors import ErrorCondition, ReportedError
from engine.hl7.framing import Frame, FrameFault, FrameFaultCode, frame
from engine.hl7.header import NULL, Header
from engine.hl7.path import Path
from engine.hl7.versions import order

_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9]{2}")
"""MSH-9.1 and MSH-9.2 are three letters and digits (tables 0076 and 0003), in whatever case a sender writes them."""


class Refusal(NamedTuple):
    """Why a frame is not accepted: the dead letter's reason, place and words, and what the answer reports."""

    reason: Reason
    where: str
    detail: str
    errors: tuple[ReportedError, ...] = ()


class Answer(NamedTuple):
    """What a frame gets.

    `code` is None where nothing is answered: to an acknowledgment (A14), to a sender who wants no answer (A7), and
    where the frame shows no message to answer. `unreadable` marks a frame without a readable MSH, of which a
    connection may bring only some in a row (F18); after `close` it is closed at once.
    """

    code: Code | None
    refusal: Refusal | None = None
    unreadable: bool = False
    close: bool = False

    def reply(self, header: Header | None, control_id: bytes, time: bytes) -> bytes:
        """The framed answer, b"" where there is none; `control_id` and `time` are MSH-10 and MSH-7 of the answer."""
        if self.code is None:
            return b""
        errors = self.refusal.errors if self.refusal else ()
        if header is None:
            return frame(canned(self.code, control_id=control_id, time=time, errors=errors))
        return frame(acknowledge(header, self.code, control_id=control_id, time=time, errors=errors))


_UNANSWERED = Answer(None)


_UNVALUED = (b"", NULL)
_ABSENT = [b""] * 17


def answer_frame(found: Frame | FrameFault, header: Header | HeaderFault, processing_ids: frozenset[bytes]) -> Answer:
    """The answer to a frame whose MSH reads so; a fault is one that has bytes to keep: VT_INSIDE or TOO_LARGE."""
    if isinstance(header, HeaderFault):
        return _answer_unreadable(header) if isinstance(found, Frame) else _answer_unreadable_fault(found)
    if isinstance(found, FrameFault):
        return _answer_fault(found, header)
    if header.is_acknowledgment:
        return _UNANSWERED
    return _judge(*_terms(header), processing_ids)


def _terms(header: Header) -> tuple[bytes, bytes, bool, bytes, bytes, bytes, bytes]:
    """What decides the answer to a readable message: few fields, and the same for most messages of a sender."""
    *_, message_type, control_id, processing_id, version, _, _, accept, application = (header.fields + _ABSENT)[:17]
    component, identified = header.delimiters.component_byte, control_id not in _UNVALUED
    return component, message_type, identified, processing_id, version, accept, application


@lru_cache(maxsize=4096)
def _judge(
    component: bytes,
    message_type: bytes,
    identified: bool,
    processing_id: bytes,
    version: bytes,
    accept: bytes,
    application: bytes,
    processing_ids: frozenset[bytes],
) -> Answer:
    refusal = _NO_CONTROL_ID if not identified else None
    refusal = refusal or _refuse_type(*message_type.split(component))
    refusal = refusal or _refuse_use(
        processing_id.partition(component)[0], version.partition(component)[0], processing_ids
    )
    enhanced = accept not in _UNVALUED or application not in _UNVALUED
    return Answer(_code(accept, enhanced, refusal), refusal)


def _answer_fault(fault: FrameFault, header: Header) -> Answer:
    """F5: a start byte inside, two messages may be glued together. F12: the rest is not even read."""
    large = fault.code is FrameFaultCode.TOO_LARGE
    refusal, original = (_TOO_LARGE, Code.AR) if large else (_VT_INSIDE, Code.AE)
    code = None if header.is_acknowledgment else _code(header.field(15), header.enhanced, refusal, original)
    return Answer(code, refusal, close=large)


def _answer_unreadable_fault(fault: FrameFault) -> Answer:
    if fault.code is FrameFaultCode.TOO_LARGE:
        return Answer(None, _TOO_LARGE, unreadable=True, close=True)
    return Answer(Code.AR, _VT_INSIDE, unreadable=True)


def _answer_unreadable(fault: HeaderFault) -> Answer:
    """F9, F18, F19, F20: whose message it is cannot be read, nor whether an answer is wanted."""
    reason = {HeaderFaultCode.BATCH: Reason.BATCH, HeaderFaultCode.WIDE_ENCODING: Reason.CHARSET}
    refusal = Refusal(reason.get(fault.code, Reason.NOT_HL7), fault.position, str(fault))
    return Answer(Code.AR, refusal, unreadable=True)


def _code(accept: bytes, enhanced: bool, refusal: Refusal | None, original: Code = Code.AR) -> Code | None:
    """The code in the sender's mode, or None if MSH-15 asks for no such answer (A1, A5 to A8)."""
    if not enhanced:
        return original if refusal else Code.AA
    if not due(accept, accepted=refusal is None):
        return None
    if refusal is None:
        return Code.CA
    return Code.CR if refusal.reason is Reason.REFUSED else Code.CE


def _refuse_type(code: bytes, event: bytes = b"", *_: bytes) -> Refusal | None:
    """A2: MSH-9 is well formed; whether a mapping knows it is not asked here."""
    if not _NAME.fullmatch(code):
        return _TYPE
    return _EVENT if event and not _NAME.fullmatch(event) else None


def _refuse_use(processing_id: bytes, version: bytes, processing_ids: frozenset[bytes]) -> Refusal | None:
    """A2: MSH-11 is taken here, MSH-12 is a version; an empty MSH-11 means production, an empty MSH-12 any version."""
    if (processing_id.strip() or b"P") not in processing_ids:
        return _PROCESSING_ID
    text = version.decode("latin-1").strip()
    return _VERSION if text and not order(text) else None


def _refusal(reason: Reason, condition: ErrorCondition, detail: str, where: Path | None = None) -> Refusal:
    return Refusal(reason, str(where or ""), detail, (ReportedError(condition, where),))


_NO_CONTROL_ID = _refusal(
    Reason.CONTROL_ID_MISSING,
    ErrorCondition.REQUIRED_FIELD_MISSING,
    "the message has no control id (MSH-10) - number each message",
    Path("MSH", 10),
)
_TYPE = _refusal(
    Reason.REFUSED,
    ErrorCondition.UNSUPPORTED_MESSAGE_TYPE,
    "the message type is none (MSH-9.1) - send three letters such as ADT",
    Path("MSH", 9, component=1),
)
_EVENT = _refusal(
    Reason.REFUSED,
    ErrorCondition.UNSUPPORTED_EVENT_CODE,
    "the trigger event is none (MSH-9.2) - send three characters such as A01",
    Path("MSH", 9, component=2),
)
_PROCESSING_ID = _refusal(
    Reason.REFUSED,
    ErrorCondition.UNSUPPORTED_PROCESSING_ID,
    "the processing id is not taken here (MSH-11) - send to the listener for it, or add it to processing_ids",
    Path("MSH", 11),
)
_VERSION = _refusal(
    Reason.REFUSED,
    ErrorCondition.UNSUPPORTED_VERSION_ID,
    "the version is none (MSH-12) - send one such as 2.5.1",
    Path("MSH", 12),
)
_VT_INSIDE = _refusal(
    Reason.FRAME,
    ErrorCondition.OTHER_HL7_ERROR,
    "a start byte VT stands inside the frame - end each frame before the next begins",
)
_TOO_LARGE = _refusal(
    Reason.FRAME,
    ErrorCondition.VALUE_TOO_LONG,
    "the frame is larger than the listener takes - raise max_frame, or send less at once",
)
