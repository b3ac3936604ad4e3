from __future__ import annotations

from pathlib import Path

import pytest

from engine.language.document import parse_document
from engine.language.fault import Faults, Mark
from engine.language.gather import Gather
from engine.transforms.mapping import Code
from engine.transforms.tables import read_csv, read_table, read_table_file

MARK = Mark("a.yaml", 1, 1)


def table(path: Path, content: str) -> Path:
    path.write_text(content, "utf-8")
    return path


def test_codes_may_carry_a_system_and_a_display() -> None:
    gather = Gather()
    node = parse_document(
        b"{ table: T, system: s, codes: { A: a, B: { code: b, system: x, display: d }, '1': 2 } }", "T"
    )
    read = read_table_file("T", node, gather)
    assert read.system == "s"
    assert read.codes == {"A": Code("a"), "B": Code("b", "x", "d"), "1": Code("2")}
    assert gather.faults == []


def test_overlay_table_is_a_csv_file_beside_it(tmp_path: Path) -> None:
    table(tmp_path / "lab.csv", "code,target,display,system\nK,2823-3,Potassium,http://loinc.org\n")
    node = parse_document(b"lab.csv", "a.yaml")
    assert read_table("T", node, tmp_path / "o.yaml", Gather()).codes == {
        "K": Code("2823-3", "http://loinc.org", "Potassium")
    }


def test_csv_needs_two_columns_only(tmp_path: Path) -> None:
    assert read_csv(table(tmp_path / "a.csv", "﻿target,code\n1,A\n"), MARK) == {"A": Code("1")}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("code,aim\nA,1\n", 1),
        ("code,target\nA\n", 2),
        ("code,target\nA,1,2\n", 2),
        ("code,target\nA,1\nA,2\n", 3),
        ("code,target\n,1\n", 2),
        ("", 1),
    ],
)
def test_faulty_csv_is_refused_at_its_line(tmp_path: Path, content: str, line: int) -> None:
    with pytest.raises(Faults) as caught:
        read_csv(table(tmp_path / "a.csv", content), MARK)
    assert (caught.value.faults[0].code, caught.value.faults[0].mark.line) == ("M121", line)


def test_unreadable_csv_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Faults):
        read_csv(tmp_path / "none.csv", MARK)
    (tmp_path / "b.csv").write_bytes(b"code,target\n\xff,1\n")
    with pytest.raises(Faults):
        read_csv(tmp_path / "b.csv", MARK)
