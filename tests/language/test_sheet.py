from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.language.document import Node
from engine.language.fault import Fault, Faults, Mark
from engine.language.sheet import read_sheet

KEYS = ("code", "name", "senders")


def read(folder: Path, text: str | bytes) -> Node:
    path = folder / "f.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_sheet(path, KEYS, ("senders",))


def faults_of(folder: Path, text: str | bytes) -> list[tuple[str, int, int]]:
    with pytest.raises(Faults) as caught:
        read(folder, text)
    return [(fault.code, fault.mark.line, fault.mark.column) for fault in caught.value.faults]


def test_rows_are_maps_of_text_and_lists(tmp_path: Path) -> None:
    text = 'code,name,senders\n0123,"Bệnh viện ""A"", B", X ; Y\n\n,,\n7,C,\n'
    assert read(tmp_path, text).plain() == [
        {"code": "0123", "name": 'Bệnh viện "A", B', "senders": ["X", "Y"]},
        {"code": "7", "name": "C"},
    ]


def test_a_spreadsheet_s_mark_and_line_ends_are_no_part_of_it(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfcode,name\r\n1,A\r\n").plain() == [{"code": "1", "name": "A"}]


@pytest.mark.parametrize("text", ["", "\n", "code,name\n"])
def test_a_sheet_without_rows_is_empty(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).plain() == []


def test_cells_know_their_places(tmp_path: Path) -> None:
    rows = read(tmp_path, 'code,name,senders\n1,"a ""b"", c",X;Y\n').value
    assert isinstance(rows, list)
    senders = rows[0].get("senders")
    assert senders
    assert senders.mark == Mark(str(tmp_path / "f.csv"), 2, 16)


def test_every_fault_has_its_place(tmp_path: Path) -> None:
    text = 'code,nam,code\n1,A\n2,"B,C\n3,A,B,C\n'
    assert sorted(faults_of(tmp_path, text)) == [
        ("E012", 3, 1),
        ("E013", 1, 6),
        ("E014", 1, 10),
        ("E015", 2, 1),
        ("E015", 4, 1),
    ]


def test_semicolons_between_cells_are_named(tmp_path: Path) -> None:
    with pytest.raises(Faults) as caught:
        read(tmp_path, "code;name\n1;A\n")
    assert caught.value.faults[0].hint == "put commas between the cells"


@pytest.mark.parametrize(
    ("content", "place"), [(b"code\n\xff\n", ("E003", 2, 1)), (b"c" * (16 << 20) + b"c", ("E002", 0, 0))]
)
def test_what_is_no_text_or_too_large_is_refused(tmp_path: Path, content: bytes, place: tuple[str, int, int]) -> None:
    assert faults_of(tmp_path, content) == [place]


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="E001"):
        read_sheet(tmp_path, KEYS, ())


CELL = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL), max_size=5))
def test_what_a_csv_writer_writes_is_read_with_places(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([("code", "name"), *rows])
    found = read(tmp_path, written.getvalue()).value
    assert isinstance(found, list)
    wanted = [{k: v.strip() for k, v in zip(KEYS, row, strict=False) if v.strip()} for row in rows]
    assert [one.plain() for one in found] == [one for one in wanted if one]


def test_fault_of_a_sheet_reads_as_one_line(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    fault = Fault(Mark(str(path), 1, 1), "E013", "", "no such key", "did you mean 'code'?")
    path.write_text("cod,name\n1,A\n", "utf-8")
    with pytest.raises(Faults) as caught:
        read_sheet(path, KEYS, ())
    assert caught.value.faults == (fault,)


def test_a_sheet_of_nothing_but_broken_rows_is_refused(tmp_path: Path) -> None:
    assert faults_of(tmp_path, '"\n"\n') == [("E012", 1, 1), ("E012", 2, 1)]
