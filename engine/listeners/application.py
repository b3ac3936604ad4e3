"""Application acknowledgments: which second answer a message gets, after it was accepted (HL7 v2.9, 2.9.3; A9). Pure.

AE says that the content is at fault: who sends it unchanged gets the same again. AR says that it is not: MSH-9 is what
nobody here takes, or the engine failed (2.9.2, 2.9.3).
"""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from engine.canonical.dead import Reason
from engine.canonical.raw import Raw
from engine.canonical.receipt import Outcome, Receipt
from engine.hl7.acknowledgment import AcknowledgmentCode as Code
from engine.hl7.acknowledgment import acknowledge
from engine.hl7.delimiters import HeaderFault
from engine.hl7.errors import ErrorCondition, ReportedError
from engine.hl7.header import Header, read_header
from engine.hl7.path import Path, PathFault, parse_path

CONTROL_ID_LENGTH = 20
"""What MSH-10 has room for before version 2.7."""

VERDICTS = {
    Reason.NOT_HL7: (Code.AE, ErrorCondition.OTHER_HL7_ERROR),
    Reason.FRAME: (Code.AE, ErrorCondition.OTHER_HL7_ERROR),
    Reason.CONTROL_ID_MISSING: (Code.AE, ErrorCondition.REQUIRED_FIELD_MISSING),
    Reason.REFUSED: (Code.AR, ErrorCondition.UNSUPPORTED_MESSAGE_TYPE),
    Reason.FACILITY: (Code.AR, ErrorCondition.UNKNOWN_KEY_IDENTIFIER),
    Reason.SEQUENCE: (Code.AE, ErrorCondition.SEGMENT_SEQUENCE_ERROR),
    Reason.CHARSET: (Code.AE, ErrorCondition.DATA_TYPE_ERROR),
    Reason.BATCH: (Code.AE, ErrorCondition.OTHER_HL7_ERROR),
    Reason.UNMATCHED: (Code.AR, ErrorCondition.UNSUPPORTED_MESSAGE_TYPE),
    Reason.STRUCTURE: (Code.AE, ErrorCondition.SEGMENT_SEQUENCE_ERROR),
    Reason.VALUE: (Code.AE, ErrorCondition.DATA_TYPE_ERROR),
    Reason.MAPPING: (Code.AR, ErrorCondition.APPLICATION_INTERNAL_ERROR),
    Reason.CRASH: (Code.AR, ErrorCondition.APPLICATION_INTERNAL_ERROR),
    Reason.LOAD: (Code.AR, ErrorCondition.APPLICATION_INTERNAL_ERROR),
    Reason.BUS: (Code.AR, ErrorCondition.APPLICATION_INTERNAL_ERROR),
}
"""What the sender of a dead letter is told, by the dead letter's reason (tables 0008 and 0357)."""

_UNKNOWN = (Code.AR, ErrorCondition.APPLICATION_INTERNAL_ERROR)


class Answer(NamedTuple):
    """An application acknowledgment: MSA-1, and the whole message."""

    code: Code
    payload: bytes


def answer(receipt: Receipt, message: Raw, time: bytes, accept: bytes) -> Answer | None:
    """The answer that the receipt's outcome gives the sender of the message, None where it is owed none.

    `time` is MSH-7 of the answer, `accept` its MSH-15. Its MSH-10 follows from the raw record and the code, so that a
    receiver knows one that comes again.
    """
    header = _read(message.payload)
    if header is None or header.is_acknowledgment or not receipt.owed:
        return None
    code, errors = judge(receipt)
    control_id = sha256(f"{message.id}/{code}".encode()).hexdigest()[:CONTROL_ID_LENGTH].upper().encode()
    payload = acknowledge(header, code, control_id=control_id, time=time, errors=errors, accept=accept)
    return Answer(code, payload)


def judge(receipt: Receipt) -> tuple[Code, tuple[ReportedError, ...]]:
    """MSA-1 and what ERR reports: the condition, and the place where it is one in the message."""
    if receipt.outcome is not Outcome.DEAD:
        return Code.AA, ()
    known = receipt.reason in Reason.__members__
    code, condition = VERDICTS[Reason(receipt.reason)] if known else _UNKNOWN
    return code, (ReportedError(condition, _place(receipt.where)),)


def _place(where: str) -> Path | None:
    """A line of a mapping is no place in the message."""
    try:
        return parse_path(where)
    except PathFault:
        return None


def _read(payload: bytes) -> Header | None:
    try:
        return read_header(payload)
    except HeaderFault:
        return None
