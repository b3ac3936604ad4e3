from __future__ import annotations

import subprocess
import sys

import pytest

from engine.hl7.dictionary import (
    VERSIONS,
    Entry,
    Part,
    describe,
    field_count,
    find_codes,
    find_component,
    find_field,
    find_structure,
    segment_names,
    structure_names,
    table_numbers,
)
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


def test_a_structure_has_its_segments_and_groups_with_how_often_they_occur() -> None:
    structure = find_structure("ORU_R01", "2.5.1")
    assert structure is not None
    msh, sft, result, dsc = structure.parts
    assert (msh, sft, dsc) == (Part("MSH"), Part("SFT", 0, None), Part("DSC", 0, 1))
    assert (result.name, result.minimum, result.maximum) == ("ORU_R01_PATIENT_RESULT", 1, None)
    assert find_structure("ADT_A99", "2.5.1") is None


@pytest.mark.parametrize("version", VERSIONS)
def test_every_structure_of_every_version_is_of_segments(version: str) -> None:
    parts = [find_structure(name, version) for name in structure_names(version)]
    while parts:
        part = parts.pop()
        assert part is not None
        assert part.parts or len(part.name) == 3
        parts += part.parts


def test_a_choice_is_of_parts_that_each_occur() -> None:
    def parts(part: Part) -> list[Part]:
        return [part, *(inner for one in part.parts for inner in parts(one))]

    order, invoice = find_structure("ORM_O01", "2.5.1"), find_structure("EHC_E01", "2.7")
    assert order is not None
    assert invoice is not None
    assert [{inner.name for inner in part.parts} for part in parts(order) if part.choice] == [
        {"OBR", "RQD", "RQ1", "RXO", "ODS", "ODT"}
    ]
    assert not any(part.choice for part in parts(invoice))


def test_the_codes_of_a_table_are_those_of_all_versions() -> None:
    assert find_codes("0136") == {"Y", "N"}
    assert {"CE", "CWE", "TS", "DTM"} <= find_codes("0125")
    assert find_codes("9999") == frozenset()
    assert "0136" in table_numbers()
    assert "9999" not in table_numbers()
