"""Overlays: a facility goes before its vendor, and a vendor before the standard."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.facilities.facility import Facility
from engine.transforms.inline_tests import run_inline_tests, transform_text
from engine.transforms.lineage import lineage
from engine.transforms.mapping_set import MappingSet
from tests.transforms.folders import HEAD, patient, write

VENDOR = """
    vendor: medsys
    segments:
      PID.Patient: { gender: { value: other }, language: PID-9, active: { value: true } }
    tables:
      Sex: { "1": male, "2": female }
    tests:
      - { name: vendor, message: a.hl7, expect: { Patient: { gender: other, active: true } } }
"""
FACILITY = """
    facility: ["1", "2"]
    extends: medsys
    segments:
      PID.Patient: { gender: PID-8 via Sex, language: }
    tables:
      Sex: { "2": unknown }
    tests:
      - { name: facility, message: a.hl7, expect: { Patient: { gender: unknown } }, absent: [Encounter] }
"""
STANDARD = "gender: PID-8\nlanguage: PID-15"
SEX = "{ table: Sex, system: s, codes: { F: female } }"


@pytest.fixture
def mappings(tmp_path: Path) -> MappingSet:
    files = {"facilities/medsys.yaml": VENDOR, "facilities/two.yaml": FACILITY}
    files["facilities/a.hl7"] = HEAD.format("ADT^A01") + "\rPID|||7|||||2\r"
    return patient(write(tmp_path, files), STANDARD, tables__Sex=SEX)


def body(mappings: MappingSet, facility: str, sex: str) -> dict[str, object]:
    text = HEAD.format("ADT^A01") + f"\rPID|1||7|||||{sex}|alias||||||vi\r"
    return transform_text(text, mappings, Facility(facility, facility)).resources[0].body


def test_what_nobody_overlays_is_the_standard_s(mappings: MappingSet) -> None:
    assert {key: body(mappings, "3", "F").get(key) for key in ("gender", "language", "active")} == {
        "gender": "F",
        "language": "vi",
        "active": None,
    }


@pytest.mark.parametrize("facility", ["1", "2"])
def test_a_facility_goes_before_its_vendor_and_the_vendor_before_the_standard(
    mappings: MappingSet, facility: str
) -> None:
    found = body(mappings, facility, "1")
    assert (found["gender"], found["active"], "language" in found) == ("male", True, False)
    assert [body(mappings, facility, sex)["gender"] for sex in "F2"] == ["female", "unknown"]


def test_both_are_tested_where_they_stand(mappings: MappingSet) -> None:
    results = {one.title: one.differences for one in run_inline_tests(mappings)}
    assert results == {"medsys :: vendor": (), "two :: facility": ()}


def test_each_line_is_laid_to_the_overlay_that_says_it(mappings: MappingSet) -> None:
    found = {(line.element, line.says, line.overlay) for line in lineage(mappings.sources) if line.overlay}
    assert found == {
        ("gender", "", "medsys"),
        ("language", "PID-9", "medsys"),
        ("active", "", "medsys"),
        ("gender", "PID-8 via Sex", "two"),
    }


def test_of_several_that_a_facility_extends_the_first_goes_before_the_others(tmp_path: Path) -> None:
    first = "{ vendor: first, segments: { PID.Patient: { gender: { value: male } } } }"
    second = "{ vendor: second, segments: { PID.Patient: { gender: { value: female }, language: { value: vi } } } }"
    both = "{ facility: '1', extends: [first, second] }"
    files = {"facilities/first.yaml": first, "facilities/second.yaml": second, "facilities/both.yaml": both}
    found = body(patient(write(tmp_path, files), STANDARD, tables__Sex=SEX), "1", "F")
    assert (found["gender"], found["language"]) == ("male", "vi")
