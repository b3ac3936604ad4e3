from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.acknowledgment import (
    Acknowledgment,
    AcknowledgmentCode,
    AcknowledgmentFault,
    acknowledge,
    canned,
    due,
    read_acknowledgment,
)
from engine.hl7.delimiters import Delimiters, HeaderFault
from engine.hl7.errors import ErrorCondition, ReportedError, Severity
from engine.hl7.framing import Frame, Framer, frame
from engine.hl7.header import read_header
from engine.hl7.path import Path, parse_path
from tests.hl7.samples import MSH, delimiters, message, msh

TIME = b"20251001073513+0700"
MISSING = ReportedError(ErrorCondition.REQUIRED_FIELD_MISSING, Path("MSH", 10))
WRONG_TYPE = ReportedError(ErrorCondition.DATA_TYPE_ERROR, parse_path("PID-3[2].4.2"), Severity.WARNING)


def answer(
    payload: bytes,
    code: AcknowledgmentCode = AcknowledgmentCode.AA,
    *errors: ReportedError,
    expected_sequence: int | None = None,
) -> list[bytes]:
    """The segments of the answer."""
    answer = acknowledge(
        read_header(payload), code, control_id=b"OURS", time=TIME, errors=errors, expected_sequence=expected_sequence
    )
    assert answer.endswith(b"\r")
    return answer.split(b"\r")[:-1]


def test_a10_the_answer_has_its_own_time_and_id_and_swapped_addresses() -> None:
    assert answer(MSH) == [
        b"MSH|^~\\&|HUB|SYT79|HIS|79901|20251001073513+0700||ACK^A01^ACK|OURS|P|2.5.1",
        b"MSA|AA|A01-0001",
    ]


def test_a10_msh_11_is_copied_with_its_processing_mode() -> None:
    assert answer(msh(msh_11=b"T^R"))[0].split(b"|")[10] == b"T^R"


def test_a10_msh_15_and_16_of_the_answer_are_empty() -> None:
    assert len(answer(msh(msh_15=b"AL", msh_16=b"NE"), AcknowledgmentCode.CA)[0].split(b"|")) == 12
    assert len(answer(msh(msh_15=b"AL", msh_17=b"VNM"), AcknowledgmentCode.CA)[0].split(b"|")) == 12


def test_a10_the_answer_is_in_the_sender_s_delimiters() -> None:
    assert answer(message("other_delimiters"), AcknowledgmentCode.AE, MISSING) == [
        b"MSH#$%!@#HUB#SYT79#HIS#79901#20251001073513+0700##ACK$A08$ACK#OURS#P#2.5",
        b"MSA#AE#DEL-0001#Required field missing###101$Required field missing$HL70357",
        b"ERR##MSH$1$10#101$Required field missing$HL70357#E",
    ]


def test_a10_a_truncation_character_is_kept() -> None:
    assert answer(message("truncation_character"))[0].startswith(b"MSH|^~\\&#|HUB|")


def test_f11_the_answer_ends_its_segments_with_cr_whatever_came() -> None:
    assert b"\n" not in b"".join(answer(message("f11_line_feeds")))


def test_names_beyond_ascii_are_echoed_with_their_charset() -> None:
    named = msh(msh_4="Bệnh viện".encode(), msh_18=b"UNICODE UTF-8")
    assert answer(named)[0].endswith(b"|2.5.1||||||UNICODE UTF-8")
    assert answer(msh(msh_18=b"UNICODE UTF-8"))[0].endswith(b"|2.5.1")


@pytest.mark.parametrize("control_id", [b"1", b" 7 ", b"a\\F\\b^c&d~", "ộ".encode(), b"\xff\x00\x7f", b"x" * 400])
def test_a11_msa_2_echoes_msh_10_exactly(control_id: bytes) -> None:
    assert answer(msh(msh_10=control_id))[1] == b"MSA|AA|" + control_id


def test_a11_an_empty_msh_10_is_answered_with_an_empty_msa_2_and_101() -> None:
    assert answer(msh(msh_10=b"", msh_12=b"2.7"), AcknowledgmentCode.AR, MISSING)[1:] == [
        b"MSA|AR|",
        b"ERR||MSH^1^10|101^Required field missing^HL70357|E",
    ]


def test_a11_an_fs_at_the_end_of_msh_10_does_not_end_the_answer_s_frame() -> None:
    reply = acknowledge(read_header(msh(msh_10=b"id\x1c")), AcknowledgmentCode.AA, control_id=b"OURS", time=TIME)
    [found] = Framer().feed(frame(reply))
    assert isinstance(found, Frame)
    assert read_acknowledgment(found.payload).control_id == b"id\x1c"


@pytest.mark.parametrize("version", [b"2.1", b"2.2", b"2.3", b"2.3.1", b"2.4"])
def test_a12_to_v2_4_errors_are_repetitions_of_err_1(version: bytes) -> None:
    assert answer(msh(msh_12=version), AcknowledgmentCode.AE, MISSING, WRONG_TYPE)[2:] == [
        b"ERR|MSH^1^10^101&Required field missing&HL70357~PID^1^3^102&Data type error&HL70357"
    ]


@pytest.mark.parametrize("version", [b"2.5", b"2.5.1", b"2.6", b"2.7", b"2.7.1", b"2.8.2", b"2.9"])
def test_a12_from_v2_5_each_error_is_a_segment_of_err_2_to_4(version: bytes) -> None:
    assert answer(msh(msh_12=version), AcknowledgmentCode.AE, MISSING, WRONG_TYPE)[2:] == [
        b"ERR||MSH^1^10|101^Required field missing^HL70357|E",
        b"ERR||PID^1^3^2^4^2|102^Data type error^HL70357|W",
    ]


@pytest.mark.parametrize("version", [b"2.2", b"2.4", b"2.6"])
def test_a12_to_v2_6_msa_tells_the_first_error_too(version: bytes) -> None:
    msa = answer(msh(msh_12=version), AcknowledgmentCode.AE, MISSING, WRONG_TYPE)[1]
    assert msa == b"MSA|AE|A01-0001|Required field missing|||101^Required field missing^HL70357"


@pytest.mark.parametrize("version", [b"2.7", b"2.8", b"2.9.1"])
def test_a12_from_v2_7_msa_3_and_msa_6_are_not_used(version: bytes) -> None:
    assert answer(msh(msh_12=version), AcknowledgmentCode.AE, MISSING)[1] == b"MSA|AE|A01-0001"


def test_a12_an_error_of_the_whole_message_has_no_location() -> None:
    error = ReportedError(ErrorCondition.APPLICATION_INTERNAL_ERROR)
    assert answer(MSH, AcknowledgmentCode.CE, error)[2] == b"ERR|||207^Application internal error^HL70357|E"
    assert answer(msh(msh_12=b"2.3"), AcknowledgmentCode.AR, error)[2] == (
        b"ERR|^^^207&Application internal error&HL70357"
    )


def test_a12_an_error_of_a_segment_has_its_sequence_alone() -> None:
    error = ReportedError(ErrorCondition.SEGMENT_SEQUENCE_ERROR, Path("OBX", sequence=3))
    assert answer(MSH, AcknowledgmentCode.AE, error)[2] == b"ERR||OBX^3|100^Segment sequence error^HL70357|E"


@pytest.mark.parametrize(
    ("path", "location"),
    [("PID-3", b"PID^1^3"), ("PID-3[2]", b"PID^1^3^2"), ("PID-3.4", b"PID^1^3^1^4"), ("OBX[*]-5[*].1", b"OBX^^5^^1")],
)
def test_a12_a_location_goes_as_far_as_its_path(path: str, location: bytes) -> None:
    error = ReportedError(ErrorCondition.DATA_TYPE_ERROR, parse_path(path))
    assert answer(MSH, AcknowledgmentCode.AE, error)[2].split(b"|")[2] == location


def test_the_conditions_are_those_of_table_0357() -> None:
    codes = [int(condition.code) for condition in ErrorCondition]
    assert codes == [0, *range(100, 105), 198, 199, *range(200, 208)]
    assert all(
        condition.name == condition.text.upper().replace(" ", "_").replace("-", "_") for condition in ErrorCondition
    )


def test_a12_without_a_subcomponent_separator_the_code_stands_alone() -> None:
    error = ReportedError(ErrorCondition.NON_CONFORMANT_CARDINALITY)
    assert answer(message("no_subcomponents"), AcknowledgmentCode.AE, error)[2] == b"ERR|^^^198"


def test_a12_a_delimiter_within_the_text_of_an_error_is_told_as_a_blank() -> None:
    error = ReportedError(ErrorCondition.NON_CONFORMANT_CARDINALITY)
    payload = MSH.replace(b"^", b"-")
    assert b"198-Non Conformant Cardinality-HL70357" in answer(payload, AcknowledgmentCode.AE, error)[2]


@pytest.mark.parametrize(
    ("version", "kind"),
    [(b"2.1", b"ACK"), (b"2.3", b"ACK"), (b"2.3.1", b"ACK"), (b"2.4", b"ACK^A01^ACK"), (b"2.9", b"ACK^A01^ACK")],
)
def test_a13_the_type_of_the_answer_follows_the_version(version: bytes, kind: bytes) -> None:
    fields = answer(msh(msh_12=version))[0].split(b"|")
    assert (fields[8], fields[11]) == (kind, version)


def test_a13_a_message_without_an_event_is_answered_ack() -> None:
    assert answer(msh(msh_9=b"ORU"))[0].split(b"|")[8] == b"ACK"
    assert answer(msh(msh_9=b"ORU^^ORU_R01"))[0].split(b"|")[8] == b"ACK"


@pytest.mark.parametrize("version", [b"", b"P", b"2.x", b"3.0", b"2.50", b"\xff"])
def test_a13_a_version_that_there_is_not_is_answered_in_ours(version: bytes) -> None:
    assert answer(msh(msh_12=version))[0].split(b"|")[11] == b"2.5.1"


def test_a13_the_version_is_the_first_component() -> None:
    assert answer(msh(msh_12=b"2.4^VNM"))[0].split(b"|")[11] == b"2.4"


def test_the_expected_sequence_number_is_msa_4() -> None:
    assert answer(MSH, expected_sequence=-1)[1] == b"MSA|AA|A01-0001||-1"


def test_f18_what_has_no_msh_gets_a_canned_answer() -> None:
    reply = canned(
        AcknowledgmentCode.AR,
        control_id=b"OURS",
        time=TIME,
        errors=[ReportedError(ErrorCondition.OTHER_HL7_ERROR)],
    )
    assert reply.split(b"\r") == [
        b"MSH|^~\\&|||||20251001073513+0700||ACK|OURS|P|2.5.1",
        b"MSA|AR||Other HL7 Error|||199^Other HL7 Error^HL70357",
        b"ERR|||199^Other HL7 Error^HL70357|E",
        b"",
    ]
    assert read_acknowledgment(reply) == Acknowledgment(
        AcknowledgmentCode.AR, b"", None, (ErrorCondition.OTHER_HL7_ERROR,)
    )


@pytest.mark.parametrize(
    ("condition", "accepted", "refused"),
    [
        (b"AL", True, True),
        (b"NE", False, False),
        (b"ER", False, True),
        (b"SU", True, False),
        (b"", False, False),
        (b'""', False, False),
        (b"XX", True, True),
    ],
)
def test_a7_the_condition_says_which_answers_are_due(condition: bytes, accepted: bool, refused: bool) -> None:
    assert (due(condition, accepted=True), due(condition, accepted=False)) == (accepted, refused)


def test_only_aa_and_ca_release_the_sender() -> None:
    assert [code for code in AcknowledgmentCode if code.accepted] == [AcknowledgmentCode.AA, AcknowledgmentCode.CA]


@pytest.mark.parametrize("version", [b"2.3", b"2.5.1", b"2.8"])
def test_an_answer_is_read_as_it_was_written(version: bytes) -> None:
    written = acknowledge(
        read_header(msh(msh_12=version)),
        AcknowledgmentCode.AE,
        control_id=b"OURS",
        time=TIME,
        errors=[MISSING, WRONG_TYPE],
        expected_sequence=7,
    )
    conditions = (ErrorCondition.REQUIRED_FIELD_MISSING, ErrorCondition.DATA_TYPE_ERROR)
    assert read_acknowledgment(written) == Acknowledgment(AcknowledgmentCode.AE, b"A01-0001", 7, conditions)


@pytest.mark.parametrize("rest", [b"", b"MSA\r", b"MSA|XX|1\r", b"PID|1\r"])
def test_what_is_no_answer_is_a_fault(rest: bytes) -> None:
    with pytest.raises(AcknowledgmentFault):
        read_acknowledgment(MSH + b"\r" + rest)


@given(delimiters, st.sampled_from(AcknowledgmentCode), st.lists(st.sampled_from(ErrorCondition), max_size=3))
def test_under_any_delimiters_an_answer_is_read_as_it_was_written(
    delimiters: Delimiters, code: AcknowledgmentCode, conditions: list[ErrorCondition]
) -> None:
    header = read_header(delimiters.field_byte.join((b"MSH" + delimiters.encoded, *[b""] * 7, b"ID", b"P", b"2")))
    errors = [ReportedError(condition, Path("PID", 3)) for condition in conditions]
    written = acknowledge(header, code, control_id=b"OURS", time=TIME, errors=errors)
    assert read_acknowledgment(written) == Acknowledgment(code, b"ID", None, tuple(conditions))


@given(st.binary(max_size=80), st.lists(st.sampled_from(ErrorCondition), max_size=2))
def test_whatever_stands_in_msh_the_answer_is_one_frame_of_whole_segments(
    rest: bytes, conditions: list[ErrorCondition]
) -> None:
    try:
        header = read_header(b"MSH|^~\\&|" + rest)
    except HeaderFault:
        return
    errors = [ReportedError(condition) for condition in conditions]
    reply = acknowledge(header, AcknowledgmentCode.AE, control_id=b"OURS", time=TIME, errors=errors)
    [found] = Framer().feed(frame(reply))
    assert isinstance(found, Frame)
    assert re.fullmatch(rb"MSH\|[^\r]*\rMSA\|AE\|[^\r]*\r(ERR\|[^\r]*\r)*", found.payload)
    assert read_acknowledgment(reply).control_id == header.control_id


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_any_bytes_are_an_answer_or_a_fault(fields: bytes, errors: bytes) -> None:
    try:
        read_acknowledgment(MSH + b"\rMSA|AA|" + fields + b"\rERR|" + errors)
        read_acknowledgment(fields)
    except (AcknowledgmentFault, HeaderFault):
        return
