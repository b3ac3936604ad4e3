"""Every construct of the language, through whole messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.transforms.shapes import base_namespace
from tests.transforms.folders import patient, send

NAME = """
    datatype: XPN
    type: HumanName
    elements:
      family: .1.1
      given: .2 & .3
      use: .7 via Use else usual
"""
USE = "{ table: Use, system: 'http://hl7.org/fhir/name-use', codes: { L: official } }"
IDENTIFIER = """
    datatype: CX
    type: Identifier
    elements:
      value: .1
      assigner.display: .4.2
      type.coding.system: { value: 'http://example.org' }
      type.coding.code: .5
      type.text: { value: a number }
      period.start: { from: .7 as date, when: length(.7) = 8 }
"""
SEX = "{ table: Sex, system: 'http://example.org/sex', codes: { F: female, M: male } }"


def body(tmp_path: Path, elements: str, pid: str, **more: str) -> dict[str, Any]:
    done = send(patient(tmp_path, elements, **more), pid)
    assert done.refusal is None
    found = dict(done.resources[0].body)
    del found["id"], found["resourceType"]
    return found


@pytest.mark.parametrize(
    ("elements", "pid", "expected"),
    [
        ("birthDate: PID-7 as date", "PID|||||||19800102", {"birthDate": "1980-01-02"}),
        ("birthDate: PID-7 as date", "PID|1", {}),
        ("birthDate: PID-9 | PID-7 as date", "PID|||||||19800102", {"birthDate": "1980-01-02"}),
        ("gender: PID-8 else unknown", "PID|1", {"gender": "unknown"}),
        ("gender: { value: male }", "PID|1", {"gender": "male"}),
        ("gender: { value: male, when: PID-8 = M|m }", "PID||||||||m", {"gender": "male"}),
        ("gender: { value: male, when: PID-8 = M|m }", "PID||||||||F", {}),
        ("gender: [{ from: PID-8, when: PID-8 = F }, PID-9, { value: other }]", "PID||||||||F", {"gender": "F"}),
        ("gender: [{ from: PID-8, when: PID-8 = F }, PID-9, { value: other }]", "PID||||||||M|x", {"gender": "x"}),
        ("gender: [{ from: PID-8, when: PID-8 = F }, PID-9, { value: other }]", "PID||||||||M", {"gender": "other"}),
        ("deceasedBoolean: PID-30 as boolean", "PID" + "|" * 30 + "N", {"deceasedBoolean": False}),
        ("multipleBirthInteger: PID-25 as integer", "PID" + "|" * 25 + "0", {"multipleBirthInteger": 0}),
        ("name.text: PID-5", "PID|||||a^b~c", {"name": [{"text": "a"}]}),
        ("name.text: PID-5 as text", "PID|||||a^b~c", {"name": [{"text": "a^b"}]}),
        ("name.text: 'PID-5[*]'", "PID|||||a^b~c", {"name": [{"text": "a\nc"}]}),
        ("name.text: PID-5[2].1", "PID|||||a^b~c", {"name": [{"text": "c"}]}),
        ("name.text: PID-5.1.2", "PID|||||a&d^b~c", {"name": [{"text": "d"}]}),
        ("name.text: PID-5.1 & PID-5.2", "PID|||||a^b", {"name": [{"text": "a b"}]}),
        ("name.given: PID-5[*] & PID-9", "PID|||||a~b||||c", {"name": [{"given": ["a", "b", "c"]}]}),
        ("name[1].text: PID-5\nname[2].text: PID-9", "PID|||||a||||b", {"name": [{"text": "a"}, {"text": "b"}]}),
        ("name[1].text: PID-5\nname[2].text: PID-9", "PID|||||||||b", {"name": [{"text": "b"}]}),
        (
            "contact: { elements: { name: { elements: { text: PID-5 } } } }",
            "PID|||||a",
            {"contact": [{"name": {"text": "a"}}]},
        ),
        ("contact: { when: PID-8 = F, elements: { gender: PID-8 } }", "PID||||||||M", {}),
        ("name.text: { from: PID-5, when: 'count(PID-3[*]) > 1' }", "PID|||1~2||a", {"name": [{"text": "a"}]}),
        ("name.text: { from: PID-5, when: 'PID-3[*] begins 2|x' }", "PID|||1~23||a", {"name": [{"text": "a"}]}),
        ("name.text: { from: PID-5, when: PID-8 begins 2 }", "PID|||1||a|||12", {}),
        ("name.text: { from: PID-5, when: PID-9 begins 2 }", "PID|||1||a", {}),
        ("name.text: { from: PID-5, when: 'PID-3[*] = 2' }", "PID|||1~2||a", {"name": [{"text": "a"}]}),
        ("name.text: { from: PID-5, when: PID-3 = 2 }", "PID|||1~2||a", {}),
        (
            "name.text: { from: PID-5, when: PID-8 is decimal and PID-8 > 5 }",
            "PID|||||a|||6,5",
            {"name": [{"text": "a"}]},
        ),
        (
            "name.text: { from: PID-5, when: not (PID-8 valued or PID-9 valued) }",
            "PID|||||a",
            {"name": [{"text": "a"}]},
        ),
        ("name.text: { from: PID-5, when: MSH-9.2 = A01 }", "PID|||||a", {"name": [{"text": "a"}]}),
        (r"name.text: PID-5", r"PID|||||a\T\b\.br\c", {"name": [{"text": "a&b\nc"}]}),
        ("name.text: { value: __import__('os') }", "PID|1", {"name": [{"text": "__import__('os')"}]}),
    ],
)
def test_construct_gives(tmp_path: Path, elements: str, pid: str, expected: dict[str, Any]) -> None:
    assert body(tmp_path, elements, pid) == expected


def test_datatype_mapping_gives_one_value_for_each_repetition(tmp_path: Path) -> None:
    found = body(
        tmp_path,
        "name: 'PID-5[*] as XPN.HumanName'",
        "PID|||||a&x^b^c^^^^L~^^~d",
        datatypes__XPN_dot_HumanName=NAME,
        tables__Use=USE,
    )
    assert found == {
        "name": [
            {"family": "a", "given": ["b", "c"], "use": "official"},
            {"use": "usual"},
            {"family": "d", "use": "usual"},
        ]
    }


def test_constants_stand_only_beside_what_was_sent_in_their_object(tmp_path: Path) -> None:
    more = {"datatypes__CX_dot_Identifier": IDENTIFIER}
    elements = "identifier: 'PID-3[*] as CX.Identifier'"
    coding = {"system": "http://example.org", "code": "MR"}
    assert body(tmp_path / "a", elements, "PID|||7^^^&A^MR^^20250101", **more) == {
        "identifier": [
            {
                "value": "7",
                "assigner": {"display": "A"},
                "type": {"coding": [coding], "text": "a number"},
                "period": {"start": "2025-01-01"},
            }
        ]
    }
    assert body(tmp_path / "b", elements, "PID|||7^^^^^^2025", **more) == {"identifier": [{"value": "7"}]}
    assert body(tmp_path / "c", elements, "PID|||^^", **more) == {}


@pytest.mark.parametrize(
    ("elements", "pid", "expected"),
    [
        ("gender: PID-8 via Sex", "PID||||||||F", {"gender": "female"}),
        ("gender: PID-8 via Sex", "PID||||||||?", {}),
        ("gender: PID-8 via Sex else unknown", "PID||||||||?", {"gender": "unknown"}),
        (
            "maritalStatus: PID-16 via Sex",
            "PID" + "|" * 16 + "F",
            {"maritalStatus": {"coding": [{"system": "http://example.org/sex", "code": "female"}]}},
        ),
        ("maritalStatus: PID-16 via Sex", "PID" + "|" * 16 + "?", {"maritalStatus": {"text": "?"}}),
        (
            "maritalStatus: PID-16 via Sex else male",
            "PID|1",
            {"maritalStatus": {"coding": [{"system": "http://example.org/sex", "code": "male"}]}},
        ),
        ("meta.tag: PID-8 via Sex", "PID||||||||?", {"meta": {"tag": [{"code": "?"}]}}),
    ],
)
def test_table_gives_what_the_element_holds(tmp_path: Path, elements: str, pid: str, expected: dict[str, Any]) -> None:
    assert body(tmp_path, elements, pid, tables__Sex=SEX) == expected


CONCEPT = "{ datatype: CWE, type: CodeableConcept, elements: { coding.code: .1, text: .2 } }"


def test_table_adds_its_coding_to_a_concept_and_keeps_what_was_sent(tmp_path: Path) -> None:
    more = {"datatypes__CWE_dot_CodeableConcept": CONCEPT, "tables__Sex": SEX}
    mappings = patient(tmp_path, "maritalStatus: PID-16 as CWE.CodeableConcept via Sex", **more)
    for code, codings in (
        ("F", [{"code": "F"}, {"system": "http://example.org/sex", "code": "female"}]),
        ("?", [{"code": "?"}]),
    ):
        for _ in range(2):  # the second time it is remembered
            done = send(mappings, "PID" + "|" * 16 + code)
            assert done.resources[0].body["maritalStatus"] == {"coding": codings}


def test_remembered_values_do_not_leak_between_delimiters_and_escapes(tmp_path: Path) -> None:
    mappings = patient(
        tmp_path, "maritalStatus: PID-16 as CWE.CodeableConcept", datatypes__CWE_dot_CodeableConcept=CONCEPT
    )
    escaped = send(mappings, "PID" + "|" * 16 + r"a\S\b")
    plain = send(mappings, "PID" + "|" * 16 + r"a\S\b")
    assert (
        escaped.resources[0].body["maritalStatus"]
        == plain.resources[0].body["maritalStatus"]
        == {"coding": [{"code": "a^b"}]}
    )


@pytest.mark.parametrize(
    ("elements", "pid", "deleted", "inferred"),
    [
        ("gender: PID-8", 'PID||||||||""', ("gender",), ()),
        ("gender: PID-8", "PID|||||||", (), ()),
        ("gender: PID-8 else unknown", 'PID||||||||""', ("gender",), ()),
        ("gender: PID-8 else unknown", "PID|1", (), ("gender",)),
        ("gender: { from: PID-8, inferred: true }", "PID||||||||F", (), ("gender",)),
        ("gender: { from: PID-8, inferred: true }", "PID|1", (), ()),
        ("gender: [PID-8, { value: other, inferred: true }]", "PID|1", (), ("gender",)),
        ("gender: [PID-8, { value: other }]", "PID|1", (), ()),
        ("name.text: PID-5 & PID-9", 'PID|||||""', ("name",), ()),
        ("name.text: PID-5 & PID-9", 'PID|||||""||||a', (), ()),
        ("deceasedBoolean: PID-30 as boolean", "PID" + "|" * 30 + '""', ("deceased[x]",), ()),
        ("deceasedDateTime: PID-29 as dateTime\ndeceasedBoolean: PID-30 as boolean", "PID" + "|" * 29 + '""|Y', (), ()),
    ],
)
def test_nulls_erase_and_defaults_are_inferred(
    tmp_path: Path, elements: str, pid: str, deleted: tuple[str, ...], inferred: tuple[str, ...]
) -> None:
    resource = send(patient(tmp_path, elements), pid).resources[0]
    assert (resource.deleted, resource.inferred) == (deleted, inferred)
    assert all(element not in resource.body for element in deleted)


def test_of_a_choice_the_first_that_gives_counts(tmp_path: Path) -> None:
    elements = "deceasedDateTime: PID-29 as dateTime\ndeceasedBoolean: PID-30 as boolean"
    assert body(tmp_path, elements, "PID" + "|" * 29 + "2025|Y") == {"deceasedDateTime": "2025"}
    assert body(tmp_path, elements, "PID" + "|" * 30 + "Y") == {"deceasedBoolean": True}


def test_broken_value_names_its_field(tmp_path: Path) -> None:
    done = send(patient(tmp_path, "birthDate: PID-7 as date"), "PID|||||||tomorrow")
    assert done.refusal is not None
    assert (done.refusal.reason, done.refusal.where) == ("VALUE", "PID-7")


def test_broken_value_in_a_datatype_names_its_component(tmp_path: Path) -> None:
    text = "{ datatype: CX, type: Identifier, elements: { period.start: .7 as date } }"
    done = send(
        patient(tmp_path, "identifier: 'PID-3[*] as CX.Identifier'", datatypes__CX_dot_Identifier=text), "PID|||^^^^^^x"
    )
    assert done.refusal is not None
    assert done.refusal.where == "PID-3[*].7"


def test_compiled_code_reaches_nothing_but_its_readers() -> None:
    namespace = base_namespace()
    assert namespace["__builtins__"] == {}
    assert not {"open", "getattr", "__import__", "type", "print"} & set(namespace)
