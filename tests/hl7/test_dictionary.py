from __future__ import annotations

import subprocess
import sys

import pytest

from engine.hl7.dictionary import VERSIONS, Entry, describe, field_count, find_component, find_field, segment_names
from engine.hl7.path import parse_path


def test_a_field_has_its_name_datatype_table_and_count() -> None:
    assert find_field("PID", 3, "2.5.1") == Entry("Patient identifier list", "CX", "", 1, None)
    assert find_field("PID", 8, "2.5.1") == Entry("Administrative sex", "IS", "0001", 0, 1)


def test_the_same_field_differs_by_version() -> None:
    assert [getattr(find_field("PID", 5, version), "datatype", "") for version in ("2.1", "2.5")] == ["PN", "XPN"]


def test_a_component_is_found_by_its_datatype() -> None:
    assert find_component("CX", 4, "2.5") == Entry("Assigning authority", "HD", "0363", 0, 1)
    assert find_component("CX", 99, "2.5") is None
    assert find_component("ST", 1, "2.5") is None


def test_fields_are_found_by_number_where_withdrawn_ones_are_left_out() -> None:
    assert find_field("ERR", 1, "2.8") is None
    assert find_field("ERR", 3, "2.8") == Entry("Hl7 error code", "CWE", "0357", 1, 1)
    assert field_count("ERR", "2.8") == 12


def test_a_path_is_described_as_far_as_the_version_knows_it() -> None:
    assert [entry.name for entry in describe(parse_path("PID-3[2].4.1"), "2.5.1")] == [
        "Patient identifier list",
        "Assigning authority",
        "Namespace id",
    ]
    assert describe(parse_path("ZBH-2.1"), "2.5.1") == []
    assert describe(parse_path("PID"), "2.5.1") == []


@pytest.mark.parametrize(("version", "like"), [("2.9", "2.8.2"), ("2.7.1", "2.7"), ("2.x", "2.5.1"), ("", "2.5.1")])
def test_a_version_without_tables_reads_as_the_nearest(version: str, like: str) -> None:
    assert segment_names(version) == segment_names(like)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_and_component_of_every_version_can_be_asked_for(version: str) -> None:
    names = segment_names(version)
    assert {"MSH", "MSA", "PID", "OBX"} <= names
    for name in names:
        for number in range(1, field_count(name, version) + 1):
            entry = find_field(name, number, version)
            if entry:
                find_component(entry.datatype, 1, version)
    assert field_count("ZZZ", version) == 0


def test_the_tables_are_not_loaded_before_they_are_asked_for() -> None:
    code = "import sys, engine.hl7.dictionary; sys.exit(any(name.startswith('hl7apy') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
