from __future__ import annotations

from pathlib import Path

import pytest

from engine.commands.inspect import Part, differences, inspect_file, parts_of
from engine.hl7.message import parse

MESSAGE = (
    "MSH|^~\\&|HIS|79901|||20251001||ADT^A01|C1|P|2.5\r"
    "PID|1||BN1^^^79901^PI~0790^^^BCA^NI||Nguyễn^Văn \\T\\ A||19800102\r"
)


def test_each_valued_component_has_its_path_and_the_standard_s_name() -> None:
    parts = list(parts_of(parse(MESSAGE).segments[1], "2.5"))
    assert Part("PID-3[2].5", "Patient identifier list: Identifier type code", "ID", "NI") in parts
    assert Part("PID-5.2", "Patient name: Given name", "ST", "Văn & A") in parts
    assert Part("PID-7", "Date time of birth", "TS", "19800102") in parts


def test_a_field_that_the_version_lacks_is_shown_and_said_to_be_unknown() -> None:
    message = parse("MSH|^~\\&|HIS|||||||C1|P|2.1\rPID|||||||||||||||||||||||||||||||||||||39\r")
    assert [part.name for part in parts_of(message.segments[1], "2.1")] == ["not in this version"]


def test_where_python_hl7_reads_the_same_there_is_no_difference() -> None:
    assert list(differences(MESSAGE, parse(MESSAGE))) == []


def test_what_python_hl7_cannot_read_is_said() -> None:
    text = "MSH|^~\\&|HIS\r"
    assert [path for path, _, _ in differences("PID|1\r", parse(text))] == ["MSH"]


def test_a_file_is_shown_and_one_that_is_no_message_is_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "a.hl7", tmp_path / "b.hl7"
    good.write_text(MESSAGE, "utf-8")
    bad.write_text("hello", "utf-8")
    assert inspect_file(good) == 0
    assert inspect_file(bad) == 1
    shown = capsys.readouterr().out
    assert "ADT^A01" in shown
    assert "not readable" in shown
