from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.delimiters import Delimiters, HeaderFault, HeaderFaultCode
from engine.hl7.header import read_field, read_header
from tests.hl7.samples import MSH, delimiters, message, msh


def test_the_fields_of_msh_are_counted_from_the_separator() -> None:
    header = read_header(message("adt_a01"))
    assert [header.field(number) for number in (1, 2, 3, 4, 10, 18)] == [
        b"|",
        b"^~\\&",
        b"HIS",
        b"79901",
        b"A01-0001",
        b"UNICODE UTF-8",
    ]
    assert header.fields[10] == header.control_id


def test_a_field_that_was_not_sent_is_empty() -> None:
    assert (read_header(MSH).field(13), read_header(MSH).field(18)) == (b"", b"")


def test_type_version_and_charset_are_the_first_components_and_repetitions() -> None:
    header = read_header(msh(msh_12=b"2.5.1^VNM^ISO", msh_18=b"UNICODE UTF-8~8859/1"))
    assert (header.code, header.event, header.structure) == (b"ADT", b"A01", b"ADT_A01")
    assert (header.version, header.charset) == (b"2.5.1", b"UNICODE UTF-8")


def test_a_type_of_one_component_has_no_event() -> None:
    header = read_header(msh(msh_9=b"ACK"))
    assert (header.code, header.event, header.structure) == (b"ACK", b"", b"")


@pytest.mark.parametrize("name", ["f11_line_feeds", "f11_both_line_ends", "f11_mixed_line_ends", "adt_a08_v2_3"])
def test_f11_every_line_end_ends_msh(name: str) -> None:
    payload = message(name)
    header = read_header(payload)
    assert header.fields[-1] in (b"2.5", b"2.3")
    assert read_field(payload, header, b"PID", 3) in (b"BN0004", b"BN0002")


def test_a_payload_of_msh_alone_is_read() -> None:
    assert read_header(MSH).control_id == b"A01-0001"
    assert read_header(b"MSH|^~\\&").control_id == b""


def test_a_byte_order_mark_and_line_ends_before_msh_are_passed_over() -> None:
    assert read_header(message("byte_order_mark")).control_id == b"BOM-0001"
    assert read_header(b"\r\n" + MSH + b"\nPID|1\n").control_id == b"A01-0001"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"\xff\xfeM\x00S\x00H\x00|\x00", HeaderFaultCode.WIDE_ENCODING),
        (b"\xfe\xff\x00M\x00S\x00H\x00|", HeaderFaultCode.WIDE_ENCODING),
        (b"M\x00S\x00H\x00|\x00^\x00~\x00", HeaderFaultCode.WIDE_ENCODING),
        ("\ufeff山田太郎".encode("utf-16-le"), HeaderFaultCode.WIDE_ENCODING),
        (b"\x00\x00\x00M\x00\x00\x00S", HeaderFaultCode.WIDE_ENCODING),
    ],
)
def test_f9_utf_16_and_utf_32_are_told(payload: bytes, code: HeaderFaultCode) -> None:
    assert refusal(payload) is code


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", HeaderFaultCode.NO_MSH),
        (b"PID|1\r", HeaderFaultCode.NO_MSH),
        (b'{"resourceType": "Patient"}', HeaderFaultCode.NO_MSH),
        (b"msh|^~\\&|", HeaderFaultCode.NO_MSH),
        (b"<ADT_A01>", HeaderFaultCode.XML),
        (b"\xef\xbb\xbf <?xml?>", HeaderFaultCode.XML),
    ],
)
def test_f18_what_is_no_message_is_told(payload: bytes, code: HeaderFaultCode) -> None:
    assert refusal(payload) is code


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"MSH", HeaderFaultCode.SHORT_MSH),
        (b"MSH|^~\\\rPID|1|2|3", HeaderFaultCode.SHORT_MSH),
        (b"MSH||||||||\r", HeaderFaultCode.MSH_2_LENGTH),
        (b"MSH|||||HIS\r", HeaderFaultCode.MSH_2_LENGTH),
        (b"MSH|&&&&|HIS\r", HeaderFaultCode.DELIMITER_REUSED),
        (b"MSHA^~\\&AHIS\r", HeaderFaultCode.DELIMITER_FORBIDDEN),
        (b"MSH\x1c^~\\&\x1cHIS\r", HeaderFaultCode.DELIMITER_FORBIDDEN),
        (b"MSH\x0b^~\\&\x0bHIS\r", HeaderFaultCode.DELIMITER_FORBIDDEN),
    ],
)
def test_f19_an_msh_that_cannot_be_split_is_told(payload: bytes, code: HeaderFaultCode) -> None:
    assert refusal(payload) is code


def test_f5_vt_in_msh_is_told() -> None:
    assert refusal(b"MSH|^~\\&|HIS|\x0bMSH|^~\\&|LIS\r") is HeaderFaultCode.VT_IN_MSH


@pytest.mark.parametrize("name", [b"FHS", b"BHS"])
def test_f20_a_batch_is_told(name: bytes) -> None:
    assert refusal(name + b"|^~\\&|HIS\r" + MSH) is HeaderFaultCode.BATCH


def test_a5_either_of_msh_15_and_16_asks_for_enhanced_mode() -> None:
    assert read_header(msh(msh_15=b"AL")).enhanced
    assert read_header(msh(msh_16=b"NE")).enhanced


def test_a1_neither_of_msh_15_and_16_is_original_mode() -> None:
    assert not read_header(MSH).enhanced
    assert not read_header(msh(msh_15=b'""', msh_18=b"ASCII")).enhanced


@pytest.mark.parametrize(
    "payload",
    [
        message("acknowledgment"),
        msh(msh_9=b"ACK"),
        msh(msh_9=b"RSP^K21") + b"MSA|AA|1\r",
        msh(msh_9=b"ORR^O02") + b"SFT|x\rUAC|y\r\nMSA|AA|1\r",
        msh(msh_9=b"ORR^O02").replace(b"\r", b"\n") + b"MSA|AA|1\n",
    ],
)
def test_a14_a_message_with_msa_is_an_acknowledgment(payload: bytes) -> None:
    assert read_header(payload).is_acknowledgment


def test_a14_a_message_without_msa_is_none() -> None:
    assert not read_header(message("adt_a01")).is_acknowledgment
    assert not read_header(MSH).is_acknowledgment


def test_a_field_of_the_first_segment_of_a_name_is_read() -> None:
    payload = MSH + b"\rPID|1||first\rNK1|x\rPID|2||second\r"
    assert read_field(payload, read_header(payload), b"PID", 3) == b"first"


def test_f11_the_first_segment_is_the_first_whatever_ends_the_line_before() -> None:
    payload = MSH + b"\nPID|1||first\rPID|2||second\r"
    assert read_field(payload, read_header(payload), b"PID", 3) == b"first"


def test_a_field_of_an_absent_segment_is_empty() -> None:
    payload = MSH + b"\rOBX|1|PID|PID\r"
    assert read_field(payload, read_header(payload), b"PID", 3) == b""


def test_a_field_behind_the_last_one_sent_is_empty() -> None:
    payload = MSH + b"\rPID|1"
    header = read_header(payload)
    assert [read_field(payload, header, b"PID", number) for number in (1, 2, 3)] == [b"1", b"", b""]


@given(delimiters)
def test_fields_are_read_under_any_delimiters(delimiters: Delimiters) -> None:
    separator, component = delimiters.field_byte, delimiters.component_byte
    start = b"MSH" + delimiters.encoded
    payload = separator.join(
        (start, b"a", b"b", b"c", b"d", b"e", b"f", component.join((b"ADT", b"A01")), b"10", b"P", b"2")
    )
    payload += b"\rPID" + separator.join((b"", b"1", b"", b"key"))
    header = read_header(payload)
    assert (header.delimiters, header.code, header.event) == (delimiters, b"ADT", b"A01")
    assert (header.control_id, read_field(payload, header, b"PID", 3)) == (b"10", b"key")


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda rest: b"MSH" + rest))
def test_any_bytes_have_a_header_or_a_fault(payload: bytes) -> None:
    try:
        header = read_header(payload)
    except HeaderFault:
        return
    assert header.fields[2] == header.delimiters.encoded[1:]
    assert isinstance(header.is_acknowledgment, bool)
    assert isinstance(header.charset + header.version + header.structure, bytes)
    read_field(payload, header, b"PID", 3)


def refusal(payload: bytes) -> HeaderFaultCode:
    with pytest.raises(HeaderFault) as caught:
        read_header(payload)
    return caught.value.code
