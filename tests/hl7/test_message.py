from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.charset import decode
from engine.hl7.delimiters import Delimiters, HeaderFault, HeaderFaultCode
from engine.hl7.header import read_header
from engine.hl7.message import LineFault, LineFaultCode, Message, parse
from tests.hl7.samples import MESSAGES, MSH, delimiters, message

HEAD = MSH.decode()


def read(name: str, default: str | None = None) -> Message:
    payload = message(name)
    return parse(decode(payload, read_header(payload).charset, default=default).text)


def names(parsed: Message) -> list[str]:
    return [segment.name for segment in parsed.segments]


def test_fields_are_counted_as_the_standard_counts_them() -> None:
    parsed = read("adt_a01")
    msh, evn, pid, *_ = parsed.segments
    assert msh.fields[:5] == ["MSH", "|", "^~\\&", "HIS", "79901"]
    assert msh.fields[10] == "A01-0001"
    assert evn.fields == ["EVN", "A01", "20251001073500+0700"]
    assert (pid.fields[0], pid.fields[5]) == ("PID", "Nguyễn^Văn An^^^^^L")


def test_fields_of_batch_headers_are_counted_like_those_of_msh() -> None:
    parsed = parse(f"{HEAD}\rBHS|^~\\&|HIS\rBTS|1\r")
    assert parsed.segments[1].fields == ["BHS", "|", "^~\\&", "HIS"]
    assert parsed.segments[2].fields == ["BTS", "1"]


def test_a_field_that_was_not_sent_is_empty() -> None:
    event = read("adt_a01").segments[1]
    assert [event.field(number) for number in (2, 3, 9)] == ["20251001073500+0700", "", ""]


def test_msh_may_end_with_its_delimiters() -> None:
    assert parse("MSH|^~\\&\rPID|1").segments[0].fields == ["MSH", "|", "^~\\&"]


def test_fields_are_found_by_the_place_of_their_segment() -> None:
    parsed = parse(f"{HEAD}\rOBX|1|a\rOBX|2|b\rOBX|3|c\rBHS|^~\\&|HIS\rZZ9")
    assert parsed.names == ["MSH", "OBX", "OBX", "OBX", "BHS", "ZZ9"]
    assert [parsed.fields(place) for place in range(6)] == [segment.fields for segment in parsed.segments]
    batch = ["BHS", "|", "^~\\&", "HIS"]
    assert parsed.split([1, 3], [4]) == [[], ["OBX", "1", "a"], [], ["OBX", "3", "c"], batch, [], []]
    assert (parsed.field(2, 2), parsed.field(2, 3)) == ("b", "")


def test_segments_of_a_name_come_in_order() -> None:
    parsed = read("oru_r01")
    assert [segment.fields[3][:3] for segment in parsed.of("OBX")] == ["WBC", "PLT", "NOT"]
    assert parsed.of("ZZZ") == []


def test_a_segment_knows_its_position_among_those_of_its_name() -> None:
    parsed = read("oru_r01")
    assert [parsed.position(segment) for segment in parsed.segments] == [
        *("MSH[1]", "PID[1]", "ORC[1]", "OBR[1]", "OBX[1]", "OBX[2]", "OBX[3]", "NTE[1]")
    ]


def test_type_and_version_are_read_from_msh() -> None:
    parsed = read("adt_a01")
    assert (parsed.code, parsed.event, parsed.structure, parsed.version) == ("ADT", "A01", "ADT_A01", "2.5.1")
    assert (read("adt_a08_v2_3").structure, read("adt_a08_v2_3").version) == ("", "2.3")


def test_a15_unknown_segments_are_kept_and_are_no_fault() -> None:
    parsed = read("unknown_segments")
    assert names(parsed) == ["MSH", "ZBH", "PID", "ZZ9", "QQQ"]
    assert (parsed.faults, parsed.segments[3].fields) == ((), ["ZZ9"])


@pytest.mark.parametrize("name", ["f11_line_feeds", "f11_both_line_ends"])
def test_f11_every_line_end_ends_a_segment(name: str) -> None:
    assert names(read(name)) == ["MSH", "EVN", "PID"]


def test_f11_line_ends_may_be_mixed_and_doubled() -> None:
    parsed = read("f11_mixed_line_ends")
    assert (names(parsed), parsed.faults) == (["MSH", "EVN", "PID", "PV1"], ())


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\x0c", "\x1e", "\x1c", "\x0b"])
def test_f11_no_other_sign_ends_a_segment(sign: str) -> None:
    assert parse(f"{HEAD}\rPID|1||a{sign}b\r").segments[1].fields[3] == f"a{sign}b"


def test_f8_lines_that_begin_no_segment_are_kept_and_told() -> None:
    parsed = read("f8_wrapped_base64")
    assert names(parsed) == ["MSH", "PID", "OBX", "", "", "OBX"]
    assert parsed.segments[4].text == "T0YK||||||F"
    assert parsed.faults == (LineFault(LineFaultCode.STRAY_LINE, 4, 2, "OBX[1]"),)


def test_f8_each_run_of_stray_lines_is_told_with_its_first_line() -> None:
    parsed = parse(f"{HEAD}\rOBX|1\rx\ry\rOBX|2\rz")
    assert [(fault.line, fault.count, fault.position) for fault in parsed.faults] == [
        (3, 2, "OBX[1]"),
        (6, 1, "OBX[2]"),
    ]


def test_f8_joined_lines_go_back_to_the_segment_they_follow() -> None:
    parsed = parse(message("f8_wrapped_base64").decode(), join=True)
    assert names(parsed) == ["MSH", "PID", "OBX", "OBX"]
    assert parsed.segments[2].fields[5] == "^application^pdf^Base64^JVBERi0xLjQKJSBz\nYW1wbGUKJSVF\nT0YK"
    assert parsed.faults == (LineFault(LineFaultCode.STRAY_LINE, 4, 2, "OBX[1]"),)


def test_f8_a_segment_in_small_letters_is_no_segment() -> None:
    assert read("f8_lower_case_segment").faults == (LineFault(LineFaultCode.STRAY_LINE, 3, 1, "EVN[1]"),)


def test_a_byte_order_mark_before_msh_is_passed_over() -> None:
    assert names(read("byte_order_mark")) == ["MSH", "PID"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", HeaderFaultCode.NO_MSH),
        ("PID|1", HeaderFaultCode.NO_MSH),
        ("MSH|^~", HeaderFaultCode.SHORT_MSH),
        ("MSH|&&&&|HIS", HeaderFaultCode.DELIMITER_REUSED),
        ("MSH|^~é&|HIS", HeaderFaultCode.DELIMITER_FORBIDDEN),
    ],
)
def test_f18_and_f19_text_without_a_readable_msh_is_a_fault(text: str, code: HeaderFaultCode) -> None:
    with pytest.raises(HeaderFault) as caught:
        parse(text)
    assert caught.value.code is code


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_every_sample_reads_as_python_hl7_reads_it(path: Path) -> None:
    payload = path.read_bytes()
    text = decode(payload, read_header(payload).charset, "iso-8859-1" if b"\xad" in payload else None, "cp1258").text
    parsed = parse(text.removeprefix("\ufeff"))
    other = hl7.parse("\r".join(segment.text for segment in parsed.segments))
    assert [segment.text for segment in parsed.segments] == [str(segment) for segment in other]
    for segment, theirs in zip(parsed.segments, other, strict=True):
        assert segment.fields == [str(theirs[number]) for number in range(len(segment.fields))]
        if parsed.delimiters.subcomponent:  # where it is left out, python-hl7 parts at & all the same
            assert list(parts_of(segment.fields, parsed.delimiters)) == list(their_parts_of(theirs))


def parts_of(fields: list[str], delimiters: Delimiters) -> Iterator[list[list[list[str]]]]:
    """The fields of a segment behind its name as repetitions of components of subcomponents."""
    for number, field in enumerate(fields[1:], 1):
        if fields[0] == "MSH" and number <= 2:
            continue
        yield [
            [part.split(delimiters.subcomponent) for part in one.split(delimiters.component)]
            for one in field.split(delimiters.repetition)
        ]


def their_parts_of(segment: Any) -> Iterator[list[list[list[str]]]]:
    """The same from python-hl7, which leaves out levels that have one member."""
    for number in range(3 if str(segment[0]) == "MSH" else 1, len(segment)):
        yield [
            [
                [str(part)] if isinstance(part, str) else [str(one) for one in part]
                for part in ([one] if isinstance(one, str) else one)
            ]
            for one in segment[number]
        ]


@given(delimiters, st.data())
def test_a_message_under_any_delimiters_is_read_as_it_was_written(delimiters: Delimiters, data: st.DataObject) -> None:
    value = st.text("aB1 ễ" + delimiters.component + delimiters.repetition, max_size=8)
    rows = data.draw(st.lists(st.tuples(st.sampled_from(("PID", "OBX", "ZX1")), st.lists(value, max_size=4))))
    head = "MSH" + delimiters.encoded.decode() + delimiters.field + "HIS"
    lines = [head, *(delimiters.field.join((name, *values)) for name, values in rows)]
    parsed = parse(data.draw(st.sampled_from(("\r", "\n", "\r\n"))).join(lines))
    assert (parsed.delimiters, parsed.faults) == (delimiters, ())
    assert [segment.fields for segment in parsed.segments[1:]] == [[name, *values] for name, values in rows]


lines = st.lists(st.sampled_from(("PID|1", "PID", "pid|1", "x", "", "\n", "OBX|a|b", "ễễễ|", "MSH|x", "A1", "Z1Z|")))


@given(lines.map("\r".join), st.booleans())
def test_f8_nothing_of_a_message_is_lost(rest: str, join: bool) -> None:
    parsed = parse(f"{HEAD}\r{rest}", join=join)
    written = "\n".join(segment.text for segment in parsed.segments)
    assert written.split() == f"{HEAD}\r{rest}".split()
    assert sum(fault.count for fault in parsed.faults) == len(written.splitlines()) - sum(
        bool(segment.name) for segment in parsed.segments
    )


@given(st.text(max_size=60) | st.text(max_size=60).map(lambda rest: "MSH|^~\\&|" + rest))
def test_any_text_is_a_message_or_a_fault(text: str) -> None:
    try:
        parsed = parse(text)
    except HeaderFault:
        return
    assert parsed.segments[0].name == "MSH"
    assert all(segment.fields and parsed.position(segment) for segment in parsed.segments)
    assert parsed.code + parsed.event + parsed.structure + parsed.version is not None
    parse(text, join=True)


@pytest.mark.parametrize("length", [10, 10_000])
def test_f8_stray_lines_are_told_however_long_the_lines_are(length: int) -> None:
    document = "OBX|1|ED|" + "QUJD" * length
    assert parse(f"{HEAD}\r{document}\rPID\rPID|1").faults == ()
    assert [fault.line for fault in parse(f"{HEAD}\r{document}\rpid|1").faults] == [3]


def test_stray_lines_cost_no_more_than_other_lines() -> None:
    parsed = parse(HEAD + "\rOBX|1\rx" * 50_000, join=True)
    assert (len(parsed.segments), len(parsed.faults)) == (50_001, 50_000)
