from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from engine.hl7.conformance.rules import FieldRule, SegmentRule, Usage, Weight
from engine.hl7.errors import ErrorCondition
from engine.hl7.path import parse_path
from engine.language.fault import Fault, Faults
from engine.listeners.profile import ReadProfile, read_profile

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "mappings" / "profiles").glob("*.yaml"))


def read(folder: Path, text: str) -> ReadProfile:
    path = folder / "test.yaml"
    path.write_text(dedent(text), "utf-8")
    return read_profile(path)


def faults_in(folder: Path, text: str) -> list[Fault]:
    with pytest.raises(Faults) as caught:
        read(folder, "profile: test\n" + dedent(text))
    return list(caught.value.faults)


def the_fault(folder: Path, text: str) -> tuple[str, int, int, str]:
    (fault,) = faults_in(folder, text)
    return fault.code, fault.mark.line, fault.mark.column, fault.hint


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_profiles_are_read_and_called_as_their_files(path: Path) -> None:
    assert read_profile(path).profile.name == path.stem


def test_the_profile_of_the_how_to_is_read(tmp_path: Path) -> None:
    page = (ROOT / "docs/how-to/validate-before-acknowledging.md").read_text("utf-8")
    (profile,) = re.findall(r"^```yaml\n(profile: .*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert read(tmp_path, profile).profile.name == "admissions"


def test_a_profile_of_a_name_alone_is_the_standard(tmp_path: Path) -> None:
    profile = read(tmp_path, "profile: bare").profile
    assert profile.standard
    assert (profile.fields, profile.messages) == ({}, {})


def test_each_key_becomes_its_rule(tmp_path: Path) -> None:
    profile = read(
        tmp_path,
        """
        profile: whole
        base: none
        severity: { table: warning }
        messages:
          ADT_A01:
            segments: { PID: required, PV2: optional, ZBH: forbidden, DG1: { max: 9, severity: warning } }
          ADT^A08:
            fields: { PV1-44: optional }
        fields:
          PID-3: { required: true, max: 3, length: 80, about: the patient's number }
          PID-8: { table: [M, F, 1, 0] }
          PID-24: { table: "0136" }
          PID-30: { table: HL70136 }
          PID-16: { table: any, severity: ignore }
          ZBH-7: required
        """,
    ).profile
    assert not profile.standard
    assert profile.weights[ErrorCondition.TABLE_VALUE_NOT_FOUND] is Weight.WARNING
    assert profile.messages["ADT_A01"].segments == {
        "PID": SegmentRule(Usage.REQUIRED),
        "PV2": SegmentRule(Usage.OPTIONAL),
        "ZBH": SegmentRule(Usage.FORBIDDEN),
        "DG1": SegmentRule(maximum=9, weight=Weight.WARNING),
    }
    assert profile.messages["ADT^A08"].fields == {parse_path("PV1-44"): FieldRule(Usage.OPTIONAL)}
    assert {str(path): rule for path, rule in profile.fields.items()} == {
        "PID-3": FieldRule(Usage.REQUIRED, 3, 80),
        "PID-8": FieldRule(codes=frozenset({"M", "F", "1", "0"})),
        "PID-24": FieldRule(codes=frozenset({"Y", "N"})),
        "PID-30": FieldRule(codes=frozenset({"Y", "N"})),
        "PID-16": FieldRule(codes=frozenset(), weight=Weight.IGNORE),
        "ZBH-7": FieldRule(Usage.REQUIRED),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("messages:\n  ADT_AO1: {}", ("P101", 3, 3, "did you mean 'ADT_A")),
        ("messages:\n  ADT^Q99: {}", ("P108", 3, 3, "did you mean '")),
        ("fields:\n  PID3: required", ("P103", 3, 3, "write one such as PID-3 or PID-3.1")),
        ("fields:\n  PID-3[2]: required", ("P104", 3, 3, "write one such as PID-3 or PID-3.1")),
        ("fields:\n  PID: required", ("P104", 3, 3, "write one such as PID-3 or PID-3.1")),
        ("fields:\n  PDI-3: required", ("P102", 3, 3, "did you mean 'PID'?")),
        ("fields:\n  PID-99: required", ("P105", 3, 3, "PID ends at its field 40")),
        ("fields:\n  PID-3.99: required", ("P106", 3, 3, "name a part that the datatype of PID-3 has")),
        ("fields:\n  PID-3.1.2: required", ("P106", 3, 3, "name a part that the datatype of PID-3 has")),
        ('fields:\n  PID-8: { table: "1" }', ("P107", 3, 12, "did you mean '0001'?")),
        ("messages:\n  ADT_A01:\n    segments: { XXX: required }", ("P102", 4, 17, "")),
        ("fields:\n  PID-8: { tabel: [M] }", ("C002", 3, 12, "did you mean 'table'?")),
        ("fields:\n  PID-8: need", ("C003", 3, 3, "")),
        ("fields:\n  PID-8: { required: true, forbidden: true }", ("C003", 3, 3, "")),
        ("fields:\n  PID-8: { max: 0 }", ("C003", 3, 12, "")),
        ("base: standart", ("C003", 2, 1, "")),
        ("tests:\n  - { name: a, message: a.hl7, change: { PID-99: x } }", ("P105", 3, 42, "")),
    ],
)
def test_what_is_wrong_has_its_code_place_and_hint(
    tmp_path: Path, text: str, expected: tuple[str, int, int, str]
) -> None:
    code, line, column, hint = the_fault(tmp_path, text)
    assert (code, line, column) == expected[:3]
    assert hint.startswith(expected[3])


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    faults = faults_in(
        tmp_path,
        """
        messages: { ADT_A99: { segments: { XXX: required }, fields: { PID-0: required } } }
        fields: { PV1-44.1: required, PV9-1: required, OBX-5.3: required, PID-8: { table: nothing } }
        """,
    )
    assert [fault.code for fault in faults] == ["P101", "P102", "P103", "P102", "P107"]
