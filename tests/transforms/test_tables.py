from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.language.document import parse_document
from engine.language.gather import Gather
from engine.transforms.mapping import KEEP, Code
from engine.transforms.mapping_set import MappingSet
from engine.transforms.tables import read_csv, read_table, read_table_file
from tests.transforms.folders import patient, send, write


def table(path: Path, content: str) -> Path:
    path.write_text(content, "utf-8")
    return path


def test_codes_may_carry_a_system_and_a_display() -> None:
    gather = Gather()
    node = parse_document(
        b"{ table: T, system: s, codes: { A: a, B: { code: b, system: x, display: d }, '1': 2 } }", "T"
    )
    read = read_table_file("T", node, Path("T.yaml"), gather)
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
    gather = Gather()
    assert read_csv(table(tmp_path / "a.csv", "﻿target,code\n1,A\n"), "T", gather) == {"A": Code("1")}
    assert gather.faults == []


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ("code,aim\nA,1\n", [("E013", 1, 6)]),
        ("code,target\nA\n", [("E015", 2, 1)]),
        ("code,target\nA,1,2\n", [("E015", 2, 1)]),
        ("code,target\nA,1\nA,2\nB,\n", [("M122", 3, 1), ("M121", 4, 1)]),
        ("code,target\n,1\n", [("M121", 2, 1)]),
        ("display,target\nx,1\n", [("M121", 2, 1)]),
        ('code,target\nA,"x\n', [("E012", 2, 1)]),
    ],
)
def test_every_faulty_row_of_a_csv_is_told_at_its_line(
    tmp_path: Path, content: str, places: list[tuple[str, int, int]]
) -> None:
    gather = Gather()
    read_csv(table(tmp_path / "a.csv", content), "T", gather)
    assert [(fault.code, fault.mark.line, fault.mark.column) for fault in gather.faults] == places


def test_csv_that_is_not_there_or_no_utf8_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"code,target\n\xff,1\n")
    for named, code in (("none.csv", "M120"), ("b.csv", "E003")):
        gather = Gather()
        read_table("T", parse_document(named.encode(), "a.yaml"), tmp_path / "o.yaml", gather)
        assert [fault.code for fault in gather.faults] == [code]


def test_table_has_tests_that_look_a_code_up() -> None:
    gather = Gather()
    content = b"{ table: T, codes: {}, tests: [{ name: n, code: 1, expect: a }, { code: B, expect: ~ }, { code: C }] }"
    read = read_table_file("T", parse_document(content, "T"), Path("T.yaml"), gather)
    assert [(one.name, one.sample, one.expect) for one in read.tests] == [
        ("n", "1", {"code": "a"}),
        ("B", "B", None),
        ("C", "C", None),
    ]
    assert [(fault.code, fault.where) for fault in gather.faults] == [("M103", "T.tests[3]")]


def sex(folder: Path, keys: str, line: str = "gender: PID-8 via Sex") -> MappingSet:
    return patient(folder, line, tables__Sex=f"{{ table: Sex, system: s, codes: {{ F: female }}, {keys} }}")


@pytest.mark.parametrize(
    ("keys", "expected", "unmapped"),
    [
        ("about: nothing", None, (("Sex", "X"),)),
        ("default: other", "other", (("Sex", "X"),)),
        ("default: keep", "X", (("Sex", "X"),)),
        ("partial: true", None, ()),
    ],
)
def test_table_says_what_becomes_of_other_codes(
    tmp_path: Path, keys: str, expected: str | None, unmapped: tuple[tuple[str, str], ...]
) -> None:
    done = send(sex(tmp_path, keys), "PID|1||7|||||X")
    assert (done.resources[0].body.get("gender"), done.unmapped) == (expected, unmapped)


def test_code_of_a_table_and_no_code_at_all_are_not_unmapped(tmp_path: Path) -> None:
    mappings = sex(tmp_path, "default: other")
    assert [send(mappings, f"PID|1||7|||||{code}").unmapped for code in ("F", "", '""')] == [(), (), ()]


CODED = "maritalStatus: PID-16 as CE.CodeableConcept via Sex"
CE = "{ datatype: CE, type: CodeableConcept, elements: { coding.code: .1, coding.system: .3 } }"


@pytest.mark.parametrize(
    ("field", "codings", "unmapped"),
    [
        ("F^^l", [{"code": "F", "system": "l"}, {"code": "female", "system": "s"}], ()),
        ("X^^l", [{"code": "X", "system": "l"}], (("Sex", "X"),)),
        ("X^^s", [{"code": "X", "system": "s"}], ()),
    ],
)
def test_concept_keeps_its_coding_and_is_counted_each_time(
    tmp_path: Path, field: str, codings: list[dict[str, str]], unmapped: tuple[tuple[str, str], ...]
) -> None:
    codes = "{ table: Sex, system: s, codes: { F: female } }"
    mappings = patient(tmp_path, CODED, tables__Sex=codes, datatypes__CE_dot_CodeableConcept=CE)
    for _ in range(2):
        done = send(mappings, f"PID|1||7|||||||||||||{field}")
        assert done.resources[0].body["maritalStatus"] == {"coding": codings}
        assert done.unmapped == unmapped


def test_table_may_take_its_codes_from_a_file_or_be_one(tmp_path: Path) -> None:
    (tmp_path / "standard/tables").mkdir(parents=True)
    table(tmp_path / "standard/tables/codes.csv", "code,target\nF,female\n")
    table(tmp_path / "standard/tables/Alone.csv", "code,target\nM,married\n")
    more = "{ table: Sex, system: s, codes: codes.csv }"
    mappings = patient(tmp_path, "gender: PID-8 via Sex\nlanguage: PID-16 via Alone", tables__Sex=more)
    body = send(mappings, "PID|1||7|||||F||||||||M").resources[0].body
    assert (body["gender"], body["language"]) == ("female", "married")
    assert set(mappings.sources.tables) == {"Sex", "Alone"}


def test_overlay_may_change_the_default_alone(tmp_path: Path) -> None:
    overlay = 'facility: "79991"\ntables: { Sex: { codes: { M: male }, default: keep } }\n'
    mappings = sex(write(tmp_path, {"facilities/a.yaml": overlay}), "default: other")
    found = [send(mappings, f"PID|1||7|||||{code}").resources[0].body["gender"] for code in "FMX"]
    assert found == ["female", "male", "X"]
    assert mappings.sources.overlays[0].tables["Sex"].default == KEEP


def test_code_inside_a_concept_is_counted_each_time_too(tmp_path: Path) -> None:
    codes = "{ table: System, codes: { LN: loinc } }"
    inside = "{ datatype: CE, type: CodeableConcept, elements: { text: .1, coding.system: .3 via System } }"
    line = "maritalStatus: PID-16 as CE.CodeableConcept"
    mappings = patient(tmp_path, line, tables__System=codes, datatypes__CE_dot_CodeableConcept=inside)
    told = [send(mappings, "PID|1||7|||||||||||||a^^X").unmapped for _ in range(2)]
    assert told == [(("System", "X"),)] * 2


def test_code_with_a_system_before_it_counts_only_for_who_names_that_system(tmp_path: Path) -> None:
    codes = "{ A|K: { code: a, display: of A }, K: k, s|7: { code: '7', display: seven } }"
    mappings = patient(
        tmp_path,
        "maritalStatus: PID-16 as CE.CodeableConcept via T",
        datatypes__CE_dot_CodeableConcept="""
            datatype: CE
            type: CodeableConcept
            elements: { "coding[1].system": .3, "coding[1].code": .1 }
        """,
        tables__T=f"{{ table: T, system: s, codes: {codes} }}",
    )

    def codings(sent: str) -> Any:
        return send(mappings, f"PID|||7|||||||||||||{sent}").resources[0].body["maritalStatus"]["coding"]

    assert codings("K^^A")[1:] == [{"system": "s", "code": "a", "display": "of A"}]
    assert codings("K^^B")[1:] == [{"system": "s", "code": "k"}]
    assert codings("7^^s") == [{"system": "s", "code": "7", "display": "seven"}]
    assert codings("7^^B") == [{"system": "B", "code": "7"}]


@pytest.mark.parametrize("name", ["a" * 300, "a\0b", "."])
def test_what_can_be_no_file_is_no_table(tmp_path: Path, name: str) -> None:
    gather = Gather()
    node = parse_document(b"{ codes: x }", "T").get("codes")
    assert node is not None
    read_table("T", node._replace(value=name), tmp_path / "T.yaml", gather)
    assert [fault.code for fault in gather.faults] == ["M120"]


def test_a_blank_field_through_a_table_is_no_boolean(tmp_path: Path) -> None:
    table = "{ table: YesNo, codes: { Y: true, N: false } }"
    mappings = patient(tmp_path, "active: PID-30 via YesNo", tables__YesNo=table)
    for sent in ('""', "  ", "\\X00\\"):
        assert "active" not in send(mappings, f"PID|||7|||||||||||||||||||||||||||{sent}").resources[0].body
    assert send(mappings, "PID|||7" + "|" * 27 + "N").resources[0].body["active"] is False
