"""Messages out of files: what is one message, and that its bytes stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.listeners.messages import find_files, read_messages, split_messages

ADT = b"MSH|^~\\&|A|B|||20240101||ADT^A01|1|P|2.5\rPID|1||7\r"
ORU = b"MSH|^~\\&|A|B|||20240101||ORU^R01|2|P|2.5\rOBX|1|TX|||the MSH| of it\r"


def test_a_file_with_one_msh_is_one_message_untouched() -> None:
    content = b"\xef\xbb\xbf\n" + ADT.replace(b"\r", b"\r\n") + b"\n\n"
    assert split_messages(content) == [content]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_file_is_split_at_its_msh_lines(end: bytes) -> None:
    first, second = ADT.replace(b"\r", end), ORU.replace(b"\r", end)
    assert split_messages(first + second + first) == [first, second, first]


def test_what_is_no_message_is_one_message_to_send_all_the_same() -> None:
    assert split_messages(b"<ADT_A01/>") == [b"<ADT_A01/>"]


def test_a_batch_stays_whole() -> None:
    content = b"FHS|^~\\&\rBHS|^~\\&\r" + ADT + ORU + b"BTS|2\rFTS|1\r"
    assert split_messages(content) == [content]
    assert split_messages(content.removeprefix(b"FHS|^~\\&\r")) == [content.removeprefix(b"FHS|^~\\&\r")]


def test_a_framed_file_is_unframed() -> None:
    content = b"\x0b" + ADT + b"\x1c\r" + b"\n" + b"\x0b" + ORU + b"\x1c\r"
    assert split_messages(content) == [ADT, ORU]


def test_a_framed_file_whose_last_frame_has_no_end_keeps_what_is_there() -> None:
    assert split_messages(b"\x0b" + ADT + b"\x1c\r\x0b" + ORU) == [ADT, ORU]


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\t"])
def test_a_blank_file_holds_no_message(content: bytes) -> None:
    assert split_messages(content) == []


@given(st.lists(st.sampled_from([ADT, ORU, b"\n", b"junk\r", b"MSH|x"])))
def test_what_is_split_adds_up_to_what_was_there(parts: list[bytes]) -> None:
    content = b"".join(parts)
    assert b"".join(split_messages(content)) == (content if content.strip() else b"")


def test_folders_are_read_with_all_below_them_in_order(tmp_path: Path) -> None:
    for name in ["b/2.HL7", "b/1.txt", "a.mllp", "b/c/3.hl7", "b/readme.md", "b/4.json"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(ADT)
    (tmp_path / "b/folder.hl7").mkdir()
    found = [str(path.relative_to(tmp_path)) for path in find_files([tmp_path])]
    assert found == ["a.mllp", "b/1.txt", "b/2.HL7", "b/c/3.hl7"]


def test_a_named_file_may_have_any_suffix(tmp_path: Path) -> None:
    (tmp_path / "message").write_bytes(ADT + ORU)
    (path,) = find_files([tmp_path / "message"])
    assert [(message.number, message.payload) for message in read_messages(path)] == [(1, ADT), (2, ORU)]


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        find_files([tmp_path / "nothing"])
