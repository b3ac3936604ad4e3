"""Acknowledgments: the answer to a message, byte for byte (HL7 v2.9, 2.9.2 original mode, 2.9.3 enhanced mode).

Which answer to give is the listener's to decide; how it reads follows from the message that is answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from engine.hl7.delimiters import Delimiters
from engine.hl7.errors import CONDITIONS, ErrorCondition, ReportedError, coded, located_errors, repeated_errors
from engine.hl7.fault import HL7Fault
from engine.hl7.framing import CR, END, FS
from engine.hl7.header import Header, read_field, read_header
from engine.hl7.versions import DEFAULT_VERSION, VERSIONS, order


class AcknowledgmentCode(StrEnum):
    """MSA-1 (table 0008): A answers in original mode, C accepts or refuses in enhanced mode."""

    AA = "AA"
    AE = "AE"
    AR = "AR"
    CA = "CA"
    CE = "CE"
    CR = "CR"

    @property
    def accepted(self) -> bool:
        """Whether the code releases the sender from sending again."""
        return self in (AcknowledgmentCode.AA, AcknowledgmentCode.CA)


class AcknowledgmentFaultCode(StrEnum):
    """Why a payload is no acknowledgment."""

    NO_MSA = "no_msa"
    UNKNOWN_CODE = "unknown_code"


class AcknowledgmentFault(HL7Fault):
    """A payload that was to be an acknowledgment and is none."""

    def __init__(self, code: AcknowledgmentFaultCode) -> None:
        what = {
            AcknowledgmentFaultCode.NO_MSA: "the answer has no MSA segment",
            AcknowledgmentFaultCode.UNKNOWN_CODE: "the answer's code is none of table 0008",
        }[code]
        super().__init__(code, "MSA-1", what, "ask the receiver what it answers")


class Acknowledgment(NamedTuple):
    """An answer as its reader needs it: MSA-1, MSA-2 as sent, MSA-4, and the conditions its ERR segments name."""

    code: AcknowledgmentCode
    control_id: bytes
    expected_sequence: int | None = None
    conditions: tuple[ErrorCondition, ...] = ()


class _Form(NamedTuple):
    """What an acknowledgment looks like in one version."""

    version: bytes
    type: bytes  # MSH-9: ACK, or ACK^event^ACK from v2.4
    repeated: bool  # errors are repetitions of ERR-1, to v2.4
    commented: bool  # MSA-3 and MSA-6 tell the error too, to v2.6


_PADDING = [b""] * 19
_SEQUENCE_NUMBER = re.compile(rb"-?[0-9]{1,15}")


def due(condition: bytes, accepted: bool) -> bool:
    """Whether MSH-15 or MSH-16 asks for this answer (table 0155); empty asks for none, unknown for all."""
    if condition in (b"ER", b"SU"):
        return accepted == (condition == b"SU")
    return condition not in (b"", b'""', b"NE")


def acknowledge(
    header: Header,
    code: AcknowledgmentCode,
    *,
    control_id: bytes,
    time: bytes,
    errors: Sequence[ReportedError] = (),
    expected_sequence: int | None = None,
    accept: bytes = b"",
) -> bytes:
    """The answer to the message of that header, in its delimiters and version, addressed back to its sender.

    `control_id` and `time` are MSH-10 and MSH-7 of the answer itself, `expected_sequence` is MSA-4. MSA-2 is MSH-10 to
    the byte. Segments end with CR. `accept` is MSH-15 of an application acknowledgment, an exchange of its own whose
    MSH-16 is NE (2.9.3); other answers have neither.
    """
    delimiters = header.delimiters
    separator = delimiters.field_byte
    fields = header.fields
    sent = fields if len(fields) > 18 else fields + _PADDING
    form = _form(sent[9], sent[12], delimiters.component_byte)
    start, moment = b"MSH" + delimiters.encoded, time.partition(separator)[0]
    msh = separator.join(
        (start, sent[5], sent[6], sent[3], sent[4], moment, b"", form.type, control_id, sent[11], form.version)
    )
    if accept:
        msh += separator.join((b"", b"", b"", accept, b"NE"))
    if sent[18] and not msh.isascii():  # the names echoed are in the sender's charset
        msh += separator * (2 if accept else 6) + sent[18]
    msa = separator.join((b"MSA", code.encode(), sent[10]))
    if errors or expected_sequence is not None:
        msa += _comment(errors if form.commented else (), expected_sequence, delimiters)
    answer = b"%b\r%b\r" % (msh, msa)
    if answer.find(FS) >= 0:  # an FS echoed at a segment's end is parted from CR, or the frame would end there
        answer = answer.replace(END, FS + separator + CR)
    return answer + _report(errors, form, delimiters) if errors else answer


def _report(errors: Sequence[ReportedError], form: _Form, delimiters: Delimiters) -> bytes:
    segments = (repeated_errors if form.repeated else located_errors)(errors, delimiters)
    return "".join(f"{segment}\r" for segment in segments).encode("ascii")


def _comment(errors: Sequence[ReportedError], expected_sequence: int | None, delimiters: Delimiters) -> bytes:
    """MSA-3 text, MSA-4 expected sequence number, MSA-5 unused, MSA-6 condition."""
    sequence = "" if expected_sequence is None else str(expected_sequence)
    fields = ["", errors[0].condition.text if errors else "", sequence, ""]
    if errors:
        fields.append(coded(errors[0].condition, delimiters, delimiters.component))
    return delimiters.field.join(fields).rstrip(delimiters.field).encode("ascii")


@lru_cache(maxsize=256)
def _form(msh_9: bytes, msh_12: bytes, component: bytes) -> _Form:
    sent = msh_12.partition(component)[0].decode("latin-1")
    version = sent if sent in VERSIONS else DEFAULT_VERSION
    at = order(version)
    event = msh_9.split(component)[1:2]
    ack = component.join((b"ACK", *event, b"ACK")) if at >= (2, 4) and event != [b""] and event else b"ACK"
    return _Form(version.encode(), ack, repeated=at < (2, 5), commented=at < (2, 7))


def canned(code: AcknowledgmentCode, *, control_id: bytes, time: bytes, errors: Sequence[ReportedError] = ()) -> bytes:
    """The answer to a payload that has no readable MSH: standard delimiters, nobody addressed, MSA-2 empty (F18)."""
    return acknowledge(_UNREADABLE, code, control_id=control_id, time=time, errors=errors)


_UNREADABLE = read_header(b"MSH|^~\\&|||||||||P|" + DEFAULT_VERSION.encode())


def read_acknowledgment(payload: bytes) -> Acknowledgment:
    """Read an answer, for those who send; raises HeaderFault or AcknowledgmentFault."""
    header = read_header(payload)
    code = read_field(payload, header, b"MSA", 1).decode("latin-1")
    if code not in AcknowledgmentCode.__members__:
        fault = AcknowledgmentFaultCode.UNKNOWN_CODE if code else AcknowledgmentFaultCode.NO_MSA
        raise AcknowledgmentFault(fault)
    sequence = read_field(payload, header, b"MSA", 4)
    return Acknowledgment(
        AcknowledgmentCode(code),
        read_field(payload, header, b"MSA", 2),
        int(sequence) if _SEQUENCE_NUMBER.fullmatch(sequence) else None,
        tuple(_read_conditions(payload, header.delimiters)),
    )


def _read_conditions(payload: bytes, delimiters: Delimiters) -> Iterator[ErrorCondition]:
    for line in re.split(rb"[\r\n]", payload):
        segment, *fields = line.decode("latin-1").split(delimiters.field)
        if segment != "ERR":
            continue
        repetitions = "".join(fields[:1]).split(delimiters.repetition)
        codes = [part for one in repetitions for part in one.split(delimiters.component)[3:4]]  # ERR-1.4
        codes += [part for field in fields[2:3] for part in field.split(delimiters.component)[:1]]  # ERR-3.1
        for code in codes:
            condition = CONDITIONS.get(code.partition(delimiters.subcomponent or "&")[0])
            if condition is not None:
                yield condition
