from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.language.fault import Faults
from engine.transforms.compare import differences
from engine.transforms.inline_tests import Unusable, change, run_inline_tests
from engine.transforms.load import check_mappings, load_mappings
from tests.transforms.folders import HEAD, write

PLENTY = 5000
FILES = {
    "standard/messages/ADT_A01.yaml": """
        message: ADT_A01
        events: [A01]
        resources: { Patient: { from: PID } }
        tests:
          - { name: whole, message: a.hl7, expect: { Patient: [{ gender: F }] } }
          - { name: changed, message: a.hl7, change: { PID-8: M }, expect: { Patient: { gender: M } } }
          - { name: absent, message: a.hl7, expect: {}, absent: [Patient] }
          - { name: dead, message: a.hl7, change: { MSH-9: ADT^A99 }, expect: {} }
          - { name: missing, message: b.hl7, expect: {} }
    """,
    "standard/messages/a.hl7": HEAD.format("ADT^A01") + "\rPID|||7|||||F\r",
    "standard/segments/PID.Patient.yaml": """
        segment: PID
        resource: Patient
        identity: { n: [PID-3] }
        elements: { gender: PID-8, name: PID-5 as XPN.HumanName }
        sample: PID|||7|||||F
        tests:
          - { name: right, expect: { gender: F }, absent: [name] }
          - { name: wrong, change: { PID-8: M }, expect: { gender: F } }
          - { name: present, expect: {}, absent: [gender] }
          - { name: unusable, change: { PV1-2: M }, expect: {} }
    """,
    "standard/datatypes/XPN.HumanName.yaml": """
        datatype: XPN
        type: HumanName
        elements: { family: .1 }
        sample: An
        tests:
          - { name: right, expect: { family: An } }
          - { name: nothing, sample: ^, expect: ~ }
          - { name: unusable, change: { PID-5: x }, expect: {} }
    """,
    "standard/tables/Sex.yaml": """
        table: Sex
        system: s
        codes: { F: { code: female, display: Female }, "1": male, U: { code: unknown, system: t } }
        default: other
        tests:
          - { name: by code, code: "1", expect: male }
          - { name: whole, code: F, expect: { code: female, system: s, display: Female } }
          - { name: system of its own, code: U, expect: { system: t } }
          - { name: default, code: X, expect: other }
          - { name: wrong, code: F, expect: male }
          - { name: nothing, code: F, expect: ~ }
    """,
    "standard/tables/Kept.yaml": """
        table: Kept
        codes: {}
        default: keep
        tests: [{ name: kept, code: X, expect: X }]
    """,
    "facilities/79014.yaml": """
        facility: "79014"
        tables: { Sex: { codes: { F: other }, tests: [{ name: changed, code: F, expect: other }] } }
        segments: { PID.Patient: { gender: { value: other } } }
        tests:
          - { name: own, message: ../standard/messages/a.hl7, expect: { Patient: { gender: other } } }
    """,
}


def test_each_test_is_run_where_it_stands_and_tells_what_differs(tmp_path: Path) -> None:
    results = {one.title: one for one in run_inline_tests(load_mappings(write(tmp_path, FILES)))}
    assert {title: one.differences for title, one in results.items()} == {
        "PID.Patient :: right": (),
        "PID.Patient :: wrong": ("gender: expected 'F', got 'M'",),
        "PID.Patient :: present": ("gender: is there",),
        "PID.Patient :: unusable": ("'PV1-2' cannot be changed - name a field of a segment that the sample has",),
        "XPN.HumanName :: right": (),
        "XPN.HumanName :: nothing": (),
        "XPN.HumanName :: unusable": ("a datatype has no fields to change - write another sample",),
        "Sex :: by code": (),
        "Sex :: whole": (),
        "Sex :: system of its own": (),
        "Sex :: default": (),
        "Sex :: wrong": ("code: expected 'male', got 'female'",),
        "Sex :: nothing": ("all: expected nothing, got {'code': 'female', 'system': 's', 'display': 'Female'}",),
        "Kept :: kept": (),
        "79014 Sex :: changed": (),
        "ADT_A01 :: whole": (),
        "ADT_A01 :: changed": (),
        "ADT_A01 :: absent": ("Patient: is there",),
        "ADT_A01 :: dead": ("the message is a dead letter: UNMATCHED at MSH-9",),
        "ADT_A01 :: missing": ("the message 'b.hl7' cannot be read - write it as UTF-8 beside the mapping",),
        "79014 :: own": (),
    }
    assert results["PID.Patient :: right"].passed
    assert results["PID.Patient :: wrong"].mark.line > 1


def test_field_of_any_segment_of_a_name_can_be_changed() -> None:
    text = "MSH|^~\\&|a\rOBX|1\rOBX|2|x"
    assert change(text, {"OBX[2]-5": "y", "MSH-4": "b"}) == "MSH|^~\\&|a|b\rOBX|1\rOBX|2|x|||y"
    for path in ("OBX", "OBX-5.1", "OBX[3]-1", "nothing"):
        with pytest.raises(Unusable):
            change(text, {path: "y"})


@pytest.mark.parametrize(
    ("expected", "made", "found"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": [1]}, {"a": [1, 2]}, []),
        ({"a": [1, 2]}, {"a": [1]}, ["a: expected [1, 2], got [1]"]),
        ({"a": {"b": "x"}}, {"a": {}}, ["a.b: expected 'x', got nothing"]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, ["a[1].b: expected 1, got 2"]),
        ({"a": True}, {"a": 1}, ["a: expected True, got 1"]),
        ({"a": 4}, {"a": 4.0}, []),
        (None, None, []),
        (None, {"a": 1}, ["all: expected nothing, got {'a': 1}"]),
    ],
)
def test_only_what_is_named_is_compared(expected: object, made: object, found: list[str]) -> None:
    assert differences(expected, made) == found


def test_thousands_of_tests_take_seconds(tmp_path: Path) -> None:
    lines = "".join(
        f"  - {{ name: t{n}, change: {{ PID-8: c{n} }}, expect: {{ gender: c{n} }} }}\n" for n in range(PLENTY)
    )
    segment = "segment: PID\nresource: Patient\nidentity: { n: [PID-3] }\nelements: { gender: PID-8 }\n"
    message = "message: ADT_A01\nevents: [A01]\nresources: { Patient: { from: PID } }\n"
    files = {"standard/messages/ADT_A01.yaml": message}
    files |= {"standard/segments/PID.Patient.yaml": f"{segment}sample: PID|||7|||||F\ntests:\n{lines}"}
    began = time.process_time()
    results = list(run_inline_tests(load_mappings(write(tmp_path, files))))
    assert time.process_time() - began < 10
    assert len(results) == PLENTY
    assert all(result.passed for result in results)


def test_a_sample_that_its_mapping_refuses_is_a_test_that_fails(tmp_path: Path) -> None:
    changed = {
        "standard/datatypes/XPN.HumanName.yaml": """
            datatype: XPN
            type: HumanName
            elements: { period.start: .1 as dateTime }
            tests: [{ name: refused, sample: x, expect: {} }]
        """,
        "standard/segments/PID.Patient.yaml": """
            segment: PID
            resource: Patient
            identity: { n: [PID-3] }
            elements: { birthDate: PID-7 as date, name: PID-5 as XPN.HumanName }
            sample: PID|||7
            tests: [{ name: refused, change: { PID-7: x }, expect: {} }]
        """,
    }
    results = {one.title: one for one in run_inline_tests(load_mappings(write(tmp_path, FILES | changed)))}
    assert "a value is no dateTime" in results["XPN.HumanName :: refused"].differences[0]
    assert "a value is no date" in results["PID.Patient :: refused"].differences[0]


@pytest.mark.parametrize("expect", ["x", "[1]", "true"])
def test_what_a_message_comes_to_is_expected_by_type(tmp_path: Path, expect: str) -> None:
    overlay = f'facility: "79014"\ntests: [{{ message: ../standard/messages/a.hl7, expect: {expect} }}]\n'
    folder = write(tmp_path, FILES | {"facilities/79014.yaml": overlay})
    results = {one.title: one for one in run_inline_tests(load_mappings(folder))}
    assert "told by type" in results["79014 :: test 1"].differences[0]
    with pytest.raises(Faults, match="M357"):
        check_mappings(folder)


@pytest.mark.parametrize("name", ["/dev/zero", '"a\\0b"', "a" * 300, "."])
def test_what_is_no_file_is_no_message_of_a_test(tmp_path: Path, name: str) -> None:
    overlay = f'facility: "79014"\ntests: [{{ name: none, message: {name}, expect: {{}} }}]\n'
    folder = write(tmp_path, FILES | {"facilities/79014.yaml": overlay})
    results = {one.title: one for one in run_inline_tests(load_mappings(folder))}
    assert "cannot be read" in results["79014 :: none"].differences[0]
    with pytest.raises(Faults, match="M353"):
        check_mappings(folder)
