"""What a frame gets: the rows A1 to A15 and F5 to F20 where no socket is needed to tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.canonical.dead import Reason
from engine.config import Answers, MllpSettings
from engine.hl7.acknowledgment import AcknowledgmentCode as Code
from engine.hl7.acknowledgment import read_acknowledgment
from engine.hl7.delimiters import HeaderFault
from engine.hl7.framing import END, VT, Frame, FrameFault, FrameFaultCode, frame
from engine.hl7.header import Header, read_header
from engine.listeners.answer import Answer, Answering
from engine.listeners.refusal import SENDER_UNKNOWN
from tests.listeners.running import message

ANSWERING = Answering(MllpSettings(processing_ids=("P", "D")))


def read(payload: bytes) -> Header | HeaderFault:
    try:
        return read_header(payload)
    except HeaderFault as fault:
        return fault


def answer(payload: bytes) -> Answer:
    return ANSWERING.answer(Frame(payload), read(payload))


def answer_with(**msh: str) -> Answer:
    return answer(message("17", msh={int(name[1:]): value for name, value in msh.items()}))


def reason(given: Answer) -> Reason | None:
    return given.refusal.reason if given.refusal else None


def conditions(given: Answer) -> list[str]:
    return [error.condition.code for error in given.errors]


def test_a1_original_mode_is_answered_aa() -> None:
    assert answer_with() == Answer(Code.AA)


@pytest.mark.parametrize("rest", ["", "PID|1||7||||19801345\r", "PID|||\r", "garbage\r", "OBX|1|NM|||four\r"])
def test_a3_an_error_in_the_content_is_accepted_for_its_bytes_are_safe(rest: str) -> None:
    assert answer(message("17", rest=rest)) == Answer(Code.AA)


@pytest.mark.parametrize(
    ("number", "value", "condition"),
    [
        ("_9", "", "200"),
        ("_9", "^A01", "200"),
        ("_9", "AD^A01", "200"),
        ("_9", "ADMIT^A01", "200"),
        ("_9", "A&B^A01", "200"),
        ("_9", "ADT^A1", "201"),
        ("_9", "ADT^A01 ", "201"),
        ("_11", "T", "202"),
        ("_11", "Q^T", "202"),
        ("_12", "P", "203"),
        ("_12", "2.x", "203"),
        ("_12", "V2.5", "203"),
    ],
)
def test_a2_what_protocol_software_cannot_take_is_ar_with_the_reason(number: str, value: str, condition: str) -> None:
    refused = answer_with(**{number: value})
    assert (refused.code, reason(refused), conditions(refused)) == (Code.AR, Reason.REFUSED, [condition])


@pytest.mark.parametrize("message_type", ["ADT^A01", "ADT^A01^ADT_A01", "ADT", "ZZZ^Z99", "adt^a01", "ORU^R01^ORU_R01"])
def test_a2_a_message_type_is_taken_whether_a_mapping_knows_it_or_not(message_type: str) -> None:
    assert answer_with(_9=message_type) == Answer(Code.AA)


@pytest.mark.parametrize("version", ["2.1", "2.5.1", "2.8.2", "2.9", "2.2.1", "2.5^VNM", " 2.3 ", ""])
def test_a2_any_version_is_taken_that_is_one_or_is_not_said(version: str) -> None:
    assert answer_with(_12=version) == Answer(Code.AA)


@pytest.mark.parametrize("processing_id", ["P", "D", "P^T", ""])
def test_a2_processing_ids_of_the_listener_are_taken_and_none_means_production(processing_id: str) -> None:
    assert answer_with(_11=processing_id) == Answer(Code.AA)


def test_a2_without_production_an_empty_processing_id_is_refused() -> None:
    payload = message("17", msh={11: ""})
    assert (
        reason(Answering(MllpSettings(processing_ids=("T",))).answer(Frame(payload), read(payload))) is Reason.REFUSED
    )


@pytest.mark.parametrize(
    ("accept", "application", "code"),
    [
        ("AL", "NE", Code.CA),
        ("AL", "", Code.CA),
        ("", "AL", None),
        ("NE", "AL", None),
        ('""', "AL", None),
        ('""', '""', Code.AA),
    ],
)
def test_a5_either_field_valued_is_enhanced_mode_and_the_missing_one_is_ne(
    accept: str, application: str, code: Code | None
) -> None:
    assert answer_with(_15=accept, _16=application).code is code


@pytest.mark.parametrize(
    ("accept", "good", "bad"),
    [
        ("AL", Code.CA, Code.CR),
        ("NE", None, None),
        ("ER", None, Code.CR),
        ("SU", Code.CA, None),
        ("XX", Code.CA, Code.CR),
    ],
)
def test_a7_the_condition_says_which_accept_acknowledgment_is_sent(
    accept: str, good: Code | None, bad: Code | None
) -> None:
    assert answer_with(_15=accept, _16="NE").code is good
    assert answer_with(_15=accept, _16="NE", _11="T").code is bad


@pytest.mark.parametrize("accept", ["NE", "SU"])
def test_a8_a_bad_message_whose_sender_is_not_told_is_refused_all_the_same(accept: str) -> None:
    assert reason(answer_with(_15=accept, _16="NE", _11="T")) is Reason.REFUSED


def test_a6_in_enhanced_mode_other_faults_are_ce() -> None:
    assert answer_with(_10="", _15="AL").code is Code.CE


@pytest.mark.parametrize("control_id", ["", '""'])
def test_a11_no_control_id_is_ar_with_error_101_at_msh_10(control_id: str) -> None:
    refused = answer_with(_10=control_id)
    assert (refused.code, reason(refused)) == (Code.AR, Reason.CONTROL_ID_MISSING)
    assert refused.refusal
    assert refused.refusal.where == "MSH-10"
    header = read_header(message(control_id))
    reply = refused.reply(header, b"1", b"20260314")
    assert b"\rERR||MSH^1^10|101^" in reply
    assert b"\rMSA|AR|" in reply


@pytest.mark.parametrize("message_type", ["ACK", "ACK^A01", "ACK^A01^ACK"])
def test_a14_an_acknowledgment_is_kept_and_never_answered(message_type: str) -> None:
    assert answer(message("17", msh={9: message_type}, rest="MSA|AA|3\r")) == Answer(None)


def test_a14_so_is_a_response_with_an_msa_segment_even_without_control_id() -> None:
    assert answer(message("", msh={9: "RSP^K22"}, rest="MSA|AA|3\rQAK|3|OK\r")) == Answer(None)


def test_a15_segments_and_fields_beyond_the_standard_are_taken() -> None:
    assert answer(message("17", rest="ZZZ|1|x~y^z&w\rPID|1||7||||||" + "|" * 90 + "x\r")) == Answer(Code.AA)


@pytest.mark.parametrize(("accept", "code"), [("", Code.AE), ("AL", Code.CE), ("NE", None)])
def test_f5_a_start_byte_inside_is_ae_or_ce(accept: str, code: Code | None) -> None:
    payload = message("17", msh={15: accept, 16: accept}, rest="PID|1\x0b|7\r")
    refused = ANSWERING.answer(FrameFault(FrameFaultCode.VT_INSIDE, payload), read(payload))
    assert (refused.code, reason(refused), refused.close) == (code, Reason.FRAME, False)


@pytest.mark.parametrize(
    "payload",
    [
        message("17").decode("ascii").encode(form)
        for form in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be")
    ],
)
def test_f9_wide_characters_are_refused_as_a_charset(payload: bytes) -> None:
    refused = answer(payload)
    assert (refused.code, reason(refused), refused.unreadable) == (Code.AR, Reason.CHARSET, True)


@pytest.mark.parametrize(("accept", "code"), [("", Code.AR), ("AL", Code.CE), ("NE", None)])
def test_f12_a_frame_too_large_is_ar_or_ce_104_and_the_connection_is_closed(accept: str, code: Code | None) -> None:
    payload = message("17", msh={15: accept, 16: accept}, rest="")
    refused = ANSWERING.answer(FrameFault(FrameFaultCode.TOO_LARGE, payload), read(payload))
    errors = ["104"] if code else []
    assert (refused.code, reason(refused), conditions(refused), refused.close) == (code, Reason.FRAME, errors, True)


def test_f12_without_a_readable_msh_the_connection_is_closed_without_an_answer() -> None:
    refused = ANSWERING.answer(FrameFault(FrameFaultCode.TOO_LARGE, b"x" * 90), read(b"x" * 90))
    assert (refused.code, reason(refused), refused.close) == (None, Reason.FRAME, True)


@pytest.mark.parametrize("payload", [b"", b"hello", b"PID|1||7\r", b"<ADT_A01/>", b"\xff" * 10, b"msh|^~\\&|"])
def test_f18_what_has_no_msh_is_answered_ar_without_a_name(payload: bytes) -> None:
    refused = answer(payload)
    assert (refused.code, reason(refused), refused.unreadable) == (Code.AR, Reason.NOT_HL7, True)
    acknowledgment = read_acknowledgment(refused.reply(None, b"1", b"20260314"))
    assert (acknowledgment.code, acknowledgment.control_id) == (Code.AR, b"")


@pytest.mark.parametrize(
    "payload", [b"MSH", b"MSH|", b"MSH||||", b"MSH|^~\\", b"MSHA^~\\&A", b"MSH\r^~\\&\r", b"MSH|^^\\&|"]
)
def test_f19_an_msh_without_usable_delimiters_is_no_message(payload: bytes) -> None:
    assert reason(answer(payload)) is Reason.NOT_HL7


@pytest.mark.parametrize("first", ["FHS", "BHS"])
def test_f20_a_batch_is_one_dead_letter(first: str) -> None:
    refused = answer(f"{first}|^~\\&|HIS\r".encode() + message("17"))
    assert (refused.code, reason(refused)) == (Code.AR, Reason.BATCH)


NOISE = st.binary(max_size=300) | st.builds(
    lambda fields, rest: b"MSH|^~\\&|" + b"|".join(fields) + b"\r" + rest,
    st.lists(st.binary(max_size=12).map(lambda part: part.replace(b"\x0b", b"")), max_size=20),
    st.binary(max_size=50),
)


@given(NOISE)
def test_any_payload_gets_an_answer_that_can_be_framed_and_read(payload: bytes) -> None:
    header = read(payload)
    given = ANSWERING.answer(Frame(payload), header)
    reply = given.reply(None if isinstance(header, HeaderFault) else header, b"1", b"20260314081500+0000")
    assert bool(reply) == (given.code is not None)
    if reply:
        assert read_acknowledgment(reply).code is given.code
        framed = frame(reply)
        assert framed.startswith(VT)
        assert framed.index(END) == len(framed) - len(END)


@given(NOISE)
def test_only_an_accepted_frame_is_answered_aa_or_ca(payload: bytes) -> None:
    given = answer(payload)
    assert (given.code in (Code.AA, Code.CA, None)) or given.refusal is not None
    assert given.refusal is None or given.code not in (Code.AA, Code.CA)


CAUSES = {
    "control_id": {10: ""},
    "message_type": {9: "?"},
    "event": {9: "ADT^?"},
    "processing_id": {11: "X"},
    "version": {12: "two"},
}


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("pair", ["AR/CR", "AR/CE", "AE/CE", "AE/CR", "close"])
def test_a2_which_code_answers_which_cause_is_a_setting(cause: str, pair: str) -> None:
    answering = Answering(MllpSettings(answers=Answers.model_validate({cause: pair})))
    codes = [None, None] if pair == "close" else pair.split("/")
    for accept, code in zip(("", "AL"), codes, strict=True):
        payload = message("17", msh={15: accept, 16: accept} | CAUSES[cause])
        given = answering.answer(Frame(payload), read(payload))
        assert (given.code, given.close) == (code, pair == "close")
        assert given.refusal
        assert given.refusal.cause == cause


def test_f18_an_unreadable_frame_may_close_the_connection_instead() -> None:
    given = Answering(MllpSettings(answers=Answers(unreadable="close"))).answer(Frame(b"x"), read(b"x"))
    assert (given.code, given.close, given.unreadable, reason(given)) == (None, True, True, Reason.NOT_HL7)


def test_a_message_kept_as_a_dead_letter_is_answered_as_accepted() -> None:
    header = read_header(message("17"))
    kept = ANSWERING.keep(header, SENDER_UNKNOWN)
    assert (kept.code, kept.errors, reason(kept)) == (Code.AA, (), Reason.FACILITY)
