"""What a frame gets: whether it is accepted, how it is answered, and why not if not. Pure: no clock, no socket.

An accepted frame is answered AA, or CA in enhanced mode, which says only that its bytes are durable (HL7 v2.9, 2.9.2
and 2.9.3): what the message holds is looked at later. Whatever is not accepted becomes a dead letter first.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from engine.canonical.dead import Reason
from engine.config import ListenerSettings
from engine.hl7.acknowledgment import AcknowledgmentCode as Code
from engine.hl7.acknowledgment import acknowledge, canned, due
from engine.hl7.delimiters import HeaderFault, HeaderFaultCode
from engine.hl7.errors import ReportedError
from engine.hl7.framing import Frame, FrameFault, FrameFaultCode
from engine.hl7.header import NULL, Header
from engine.hl7.versions import order
from engine.listeners import refusal as refusals
from engine.listeners.refusal import Cause, Refusal

_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9]{2}")
"""MSH-9.1 and MSH-9.2 are three letters and digits (tables 0076 and 0003), in whatever case a sender writes them."""

_UNVALUED = (b"", NULL)
_ABSENT = [b""] * 17


class Answer(NamedTuple):
    """What a frame gets.

    `code` is None where nothing is answered: to an acknowledgment (A14), to a sender who wants no answer (A7), and
    where the frame shows no message to answer. `unreadable` marks a frame without a readable MSH, of which a
    connection may bring only some in a row (F18); after `close` it is closed at once. `expected` is MSA-4.
    """

    code: Code | None
    refusal: Refusal | None = None
    unreadable: bool = False
    close: bool = False
    errors: tuple[ReportedError, ...] = ()
    expected: int | None = None

    def reply(self, header: Header | None, control_id: bytes, time: bytes) -> bytes:
        """The answer, b"" where there is none; `control_id` and `time` are MSH-10 and MSH-7 of the answer."""
        if self.code is None:
            return b""
        if header is None:
            return canned(self.code, control_id=control_id, time=time, errors=self.errors)
        return acknowledge(
            header, self.code, control_id=control_id, time=time, errors=self.errors, expected_sequence=self.expected
        )


_UNANSWERED = Answer(None)


class Answering:
    """The rules of one listener, as its settings have them."""

    def __init__(self, settings: ListenerSettings) -> None:
        self._processing_ids = frozenset(one.encode() for one in settings.processing_ids)
        codes = {cause: getattr(settings.answers, cause) for cause in Cause}
        self._codes = {cause: _read_codes(pair) for cause, pair in codes.items()}
        self._judge = lru_cache(maxsize=4096)(self._judge_terms)

    def answer(self, found: Frame | FrameFault, header: Header | HeaderFault) -> Answer:
        """The answer to a frame whose MSH reads so; a fault is one that has bytes to keep: VT_INSIDE or TOO_LARGE."""
        if isinstance(header, HeaderFault):
            return self._answer_unreadable(found, header)
        if isinstance(found, FrameFault):
            return self._answer_fault(found, header)
        if header.is_acknowledgment:
            return _UNANSWERED
        sent = header.fields if len(header.fields) > 16 else header.fields + _ABSENT
        component, identified = header.delimiters.component_byte, sent[10] not in _UNVALUED
        return self._judge(component, sent[9], identified, sent[11], sent[12], sent[15], sent[16])

    def refuse(self, header: Header, refusal: Refusal, expected: int | None = None) -> Answer:
        """The answer that refuses a message for this reason; `expected` is MSA-4."""
        if header.is_acknowledgment:
            return Answer(None, refusal)
        return self._refuse(refusal, header.field(15), header.enhanced)._replace(expected=expected)

    def keep(self, header: Header, refusal: Refusal) -> Answer:
        """The answer that accepts a message into the dead letters: its sender is told nothing of the refusal."""
        accepted = self.answer(Frame(b""), header)
        return accepted if accepted.refusal else accepted._replace(refusal=refusal)

    def unstored(self, header: Header) -> Answer:
        """The answer when the message is not durable in time; by default none, and the connection is closed (A4)."""
        refusal = Refusal(Cause.STORAGE, Reason.LOAD, "", "", refusals.STORAGE)
        return self.refuse(header, refusal)._replace(close=True)

    def _judge_terms(
        self,
        component: bytes,
        message_type: bytes,
        identified: bool,
        processing_id: bytes,
        version: bytes,
        accept: bytes,
        application: bytes,
    ) -> Answer:
        refusal = refusals.NO_CONTROL_ID if not identified else None
        refusal = refusal or _refuse_type(*message_type.split(component))
        refusal = refusal or self._refuse_processing_id(processing_id.partition(component)[0])
        refusal = refusal or _refuse_version(version.partition(component)[0])
        enhanced = accept not in _UNVALUED or application not in _UNVALUED
        if refusal:
            return self._refuse(refusal, accept, enhanced)
        if enhanced:
            return Answer(Code.CA if due(accept, accepted=True) else None)
        return Answer(Code.AA)

    def _answer_fault(self, fault: FrameFault, header: Header) -> Answer:
        """F5: a start byte inside, two messages may be glued together. F12: the rest is not even read."""
        if fault.code is FrameFaultCode.TOO_LARGE:
            return self.refuse(header, refusals.TOO_LARGE)._replace(close=True)
        return self.refuse(header, refusals.START_INSIDE)

    def _answer_unreadable(self, found: Frame | FrameFault, fault: HeaderFault) -> Answer:
        """F9, F18, F19, F20: whose message it is cannot be read, nor whether an answer is wanted."""
        if isinstance(found, FrameFault):
            if found.code is FrameFaultCode.TOO_LARGE:
                return Answer(None, refusals.TOO_LARGE, unreadable=True, close=True)
            return Answer(Code.AR, refusals.START_INSIDE, unreadable=True, errors=refusals.START_INSIDE.errors)
        reason = {HeaderFaultCode.BATCH: Reason.BATCH, HeaderFaultCode.WIDE_ENCODING: Reason.CHARSET}
        cause = Cause.BATCH if fault.code is HeaderFaultCode.BATCH else Cause.UNREADABLE
        refusal = Refusal(cause, reason.get(fault.code, Reason.NOT_HL7), fault.position, str(fault))
        return self._refuse(refusal, b"", enhanced=False)._replace(unreadable=True)

    def _refuse(self, refusal: Refusal, accept: bytes, enhanced: bool) -> Answer:
        """The code in the sender's mode, or none if MSH-15 asks for no such answer (A1, A5 to A8)."""
        codes = self._codes[refusal.cause]
        if codes is None:
            return Answer(None, refusal, close=True)
        if enhanced and not due(accept, accepted=False):
            return Answer(None, refusal)
        return Answer(codes[enhanced], refusal, errors=refusal.errors)

    def _refuse_processing_id(self, processing_id: bytes) -> Refusal | None:
        """A2: MSH-11 is taken here; an empty one means production."""
        return None if (processing_id.strip() or b"P") in self._processing_ids else refusals.PROCESSING_ID


def _read_codes(pair: str) -> tuple[Code, Code] | None:
    """Original and enhanced mode; None for `close`."""
    if pair == "close":
        return None
    original, enhanced = pair.split("/")
    return Code(original), Code(enhanced)


def _refuse_type(code: bytes, event: bytes = b"", *_: bytes) -> Refusal | None:
    """A2: MSH-9 is well formed; whether a mapping knows it is not asked here."""
    if not _NAME.fullmatch(code):
        return refusals.MESSAGE_TYPE
    return refusals.EVENT if event and not _NAME.fullmatch(event) else None


def _refuse_version(version: bytes) -> Refusal | None:
    """A2: MSH-12 is a version; an empty one means any."""
    text = version.decode("latin-1").strip()
    return refusals.VERSION if text and not order(text) else None
