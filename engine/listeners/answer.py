"""What a frame gets: whether it is accepted, how it is answered, and why not if not. Pure: no clock, no socket.

An accepted frame is answered AA, or CA in enhanced mode, which says only that its bytes are durable (HL7 v2.9, 2.9.2
and 2.9.3): what the message holds is looked at later. Whatever is not accepted becomes a dead letter first.
"""

from __future__ import annotations

import re
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


_ACCEPTED = Answer(Code.AA)


def answer_frame(found: Frame | FrameFault, header: Header | HeaderFault, processing_ids: frozenset[bytes]) -> Answer:
    """The answer to a frame whose MSH reads so; a fault is one that has bytes to keep: VT_INSIDE or TOO_LARGE."""
    if isinstance(found, FrameFault):
        return _answer_fault(found, header)
    if isinstance(header, HeaderFault):
        return _answer_unreadable(header)
    if header.is_acknowledgment:
        return Answer(None)
    refusal = _refuse(header, processing_ids)
    if refusal is None and not header.enhanced:
        return _ACCEPTED
    return Answer(_code(header, refusal), refusal)


def _answer_fault(fault: FrameFault, header: Header | HeaderFault) -> Answer:
    """F5: a start byte inside, two messages may be glued together. F12: the rest is not even read, so never AE."""
    large = fault.code is FrameFaultCode.TOO_LARGE
    refusal = _TOO_LARGE if large else _VT_INSIDE
    if isinstance(header, HeaderFault):
        return Answer(None if large else Code.AR, refusal, unreadable=True, close=large)
    if header.is_acknowledgment:
        return Answer(None, refusal, close=large)
    return Answer(_code(header, refusal, Code.AR if large else Code.AE), refusal, close=large)


def _answer_unreadable(fault: HeaderFault) -> Answer:
    """F9, F18, F19, F20: whose message it is cannot be read, nor whether an answer is wanted."""
    reason = {HeaderFaultCode.BATCH: Reason.BATCH, HeaderFaultCode.WIDE_ENCODING: Reason.CHARSET}.get(
        fault.code, Reason.NOT_HL7
    )
    return Answer(Code.AR, Refusal(reason, fault.position, str(fault)), unreadable=True)


def _code(header: Header, refusal: Refusal | None, original: Code = Code.AR) -> Code | None:
    """The code in the sender's mode, or None if MSH-15 asks for no such answer (A1, A5 to A8)."""
    if not header.enhanced:
        return original if refusal else Code.AA
    if not due(header.field(15), accepted=refusal is None):
        return None
    if refusal is None:
        return Code.CA
    return Code.CR if refusal.reason is Reason.REFUSED else Code.CE


def _refuse(header: Header, processing_ids: frozenset[bytes]) -> Refusal | None:
    """A2, A11: what protocol software looks at. An empty MSH-11 means production, an empty MSH-12 any version."""
    if header.control_id in (b"", NULL):
        return _NO_CONTROL_ID
    if not _NAME.fullmatch(header.code):
        return _TYPE
    if header.event and not _NAME.fullmatch(header.event):
        return _EVENT
    if (header.field(11).partition(header.delimiters.component_byte)[0].strip() or b"P") not in processing_ids:
        return _PROCESSING_ID
    version = header.version.strip()
    return _VERSION if version and not order(version.decode("latin-1")) else None


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
