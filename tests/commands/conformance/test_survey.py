"""Rows of each kind beside small mappings: covered or not, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.commands.conformance.judge import Verdict
from engine.commands.conformance.survey import Survey
from engine.transforms.mapping_set import MappingSet
from tests.transforms.folders import SHIPPED, patient, write

HEAD = "map\tpath\ttype\tcondition\tnarrative\ttarget\tfhir_type\ttype_map\tvocabulary\tassignment\treferences\n"
TABLES = "map\tcode\tv2_table\tnarrative\ttarget\tsystem\tdisplay\n"
ELEMENTS = """
    gender: PID-8 via Sex
    birthDate: PID-7 as date
    maritalStatus: { from: PID-16 as CWE.CodeableConcept, when: PID-30 not valued }
    active: { value: true }
"""
SEX = """
    table: Sex
    system: http://hl7.org/fhir/administrative-gender
    codes: { F: female, M: male }
"""
CONCEPT = """
    datatype: CWE
    type: CodeableConcept
    elements: { "coding.code": .1, text: .2 }
"""


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> MappingSet:
    more = {
        "tables__Sex": SEX,
        "tables__Unread": SEX.replace("table: Sex", "table: Unread"),
        "datatypes__CWE_dot_CodeableConcept": CONCEPT,
    }
    return patient(tmp_path_factory.mktemp("mappings"), ELEMENTS, **more)


def row(*cells: str) -> str:
    return "\t".join([*cells, *[""] * (11 - len(cells))]) + "\n"


def judge(tmp_path: Path, mappings: MappingSet, corrections: str = "[]\n", **rows: str) -> list[Verdict]:
    """Verdicts on the rows of a small guide."""
    heads = {"messages": HEAD, "segments": HEAD, "datatypes": HEAD, "tables": TABLES}
    files = {f"{name}.tsv": head + rows.get(name, "") for name, head in heads.items()}
    readings = (SHIPPED / "guide" / "readings.yaml").read_text("utf-8")
    write(tmp_path, {**files, "corrections.yaml": corrections, "readings.yaml": readings})
    return list(Survey(tmp_path, mappings).judge())


def covered(tmp_path: Path, mappings: MappingSet, *cells: str) -> bool:
    (found,) = judge(tmp_path, mappings, segments=row("PID[Patient]", *cells))
    return found.is_covered


def test_a_value_that_arrives_covers_its_row(tmp_path: Path, mappings: MappingSet) -> None:
    assert covered(tmp_path, mappings, "PID-7", "DTM", "", "", "Patient.birthDate", "date")


def test_a_value_that_arrives_elsewhere_does_not(tmp_path: Path, mappings: MappingSet) -> None:
    assert not covered(tmp_path, mappings, "PID-7", "DTM", "", "", "Patient.deceasedDateTime", "dateTime")


def test_a_field_that_nobody_reads_is_told_with_its_message(tmp_path: Path, mappings: MappingSet) -> None:
    (found,) = judge(tmp_path, mappings, segments=row("PID[Patient]", "PID-23", "ST", "", "", "Patient.birthPlace"))
    assert not found.is_covered
    assert "PRB00001" in found.message
    assert "PRB00001" in found.expected
    assert found.came[0]["resourceType"] == "Patient"


def test_a_condition_is_satisfied_by_the_probe(tmp_path: Path, mappings: MappingSet) -> None:
    target = ("Patient.maritalStatus", "CodeableConcept", "CWE[CodeableConcept]")
    assert covered(tmp_path, mappings, "PID-16", "CWE", "IF PID-30 NOT VALUED", "", *target)
    assert not covered(tmp_path, mappings, "PID-16", "CWE", "IF PID-30 VALUED", "", *target)


def test_a_constant_is_expected_as_it_is(tmp_path: Path, mappings: MappingSet) -> None:
    assert covered(tmp_path, mappings, "PID", "", "", "", "Patient.active", "boolean", "", "", '"true"')
    assert not covered(tmp_path, mappings, "PID", "", "", "", "Patient.active", "boolean", "", "", '"false"')


def test_codes_are_those_of_the_table(tmp_path: Path, mappings: MappingSet) -> None:
    segment = row("PID[Patient]", "PID-8", "CWE", "", "", "Patient.gender", "code", "", "AdministrativeSex")
    tables = "AdministrativeSex\tF\t\t\tfemale\thttp://hl7.org/fhir/administrative-gender\tFemale\n"
    tables += "AdministrativeSex\tA\t\t\tother\thttp://hl7.org/fhir/administrative-gender\tOther\n"
    by_row = {one.row.id: one for one in judge(tmp_path, mappings, segments=segment, tables=tables)}
    assert by_row["AdministrativeSex/1"].is_covered
    assert not by_row["AdministrativeSex/2"].is_covered
    assert not by_row["PID[Patient]/1"].is_covered, "the second code does not arrive"


def test_a_table_that_the_guide_uses_nowhere_is_looked_up(tmp_path: Path, mappings: MappingSet) -> None:
    tables = "Sex\tF\t\t\tfemale\thttp://hl7.org/fhir/administrative-gender\tFemale\nSex\tX\t\t\tother\t\t\n"
    first, second = judge(tmp_path, mappings, tables=tables)
    assert first.is_covered
    assert "the guide uses it nowhere" in first.how
    assert not second.is_covered


def test_a_table_that_no_mapping_reads_covers_nothing(tmp_path: Path, mappings: MappingSet) -> None:
    segment = row("PID[Patient]", "PID-17", "CWE", "", "", "Patient.religion", "code", "", "Unread")
    tables = "Unread\tF\t\t\tfemale\thttp://hl7.org/fhir/administrative-gender\t\n"
    *_, last = judge(tmp_path, mappings, segments=segment, tables=tables)
    assert not last.is_covered


def test_a_component_arrives_through_a_field_that_uses_its_map(tmp_path: Path, mappings: MappingSet) -> None:
    segment = row("PID[Patient]", "PID-16", "CWE", "", "", "Patient.maritalStatus", "", "CWE[CodeableConcept]")
    datatypes = row("CWE[CodeableConcept]", "CWE.1", "ST", "", "", "CodeableConcept.coding[1].code")
    datatypes += row("CWE[CodeableConcept]", "CWE.9", "ST", "", "", "CodeableConcept.text")
    _, code, text = judge(tmp_path, mappings, segments=segment, datatypes=datatypes)
    assert code.is_covered
    assert code.how == "through PID[Patient]/1"
    assert not text.is_covered


def test_a_datatype_map_that_the_guide_uses_nowhere_is_tried_alone(tmp_path: Path, mappings: MappingSet) -> None:
    datatypes = row("CWE[CodeableConcept]", "CWE.2", "ST", "", "", "CodeableConcept.text")
    datatypes += row("CWE[Nothing]", "CWE.2", "ST", "", "", "CodeableConcept.text")
    first, second = judge(tmp_path, mappings, datatypes=datatypes)
    assert first.is_covered
    assert first.how == "CWE.CodeableConcept alone"
    assert not second.is_covered


def test_a_message_row_asks_for_its_resource_and_references(tmp_path: Path, mappings: MappingSet) -> None:
    segment = row("PID[Patient]", "PID-7", "DTM", "", "", "Patient.birthDate", "date")
    message = ("ADT_A01", "ADT_A01.PID", "PID", "", "", "Patient[1]", "", "PID[Patient]", "", "")
    found = judge(tmp_path, mappings, messages=row(*message), segments=segment)
    assert found[0].is_covered
    linked = row(*message, "Patient[1].managingOrganization.reference=Organization[1].id")
    found = judge(tmp_path, mappings, messages=linked, segments=segment)
    assert not found[0].is_covered
    assert "managingOrganization" in found[0].expected


def test_a_message_that_no_mapping_takes_is_a_dead_letter(tmp_path: Path, mappings: MappingSet) -> None:
    segment = row("PID[Patient]", "PID-7", "DTM", "", "", "Patient.birthDate", "date")
    message = row("ADT_A09", "ADT_A09.PID", "PID", "", "", "Patient[1]", "", "PID[Patient]")
    first, second = judge(tmp_path, mappings, messages=message, segments=segment)
    assert "UNMATCHED" in first.came
    assert second.is_covered, "another structure makes the resource"


def test_placeholders_are_not_judged(tmp_path: Path, mappings: MappingSet) -> None:
    assert (
        judge(tmp_path, mappings, segments=row("PID[Patient]", "PID-27", "CWE", "", "", "Patient.extension??-x")) == []
    )


def test_a_cell_is_corrected_where_it_stands(tmp_path: Path, mappings: MappingSet) -> None:
    corrections = "- target: Patient.birthdaet\n  is: Patient.birthDate\n  because: letters are swapped\n"
    (found,) = judge(
        tmp_path, mappings, corrections, segments=row("PID[Patient]", "PID-7", "DTM", "", "", "Patient.birthdaet")
    )
    assert found.is_covered
    assert found.row.target == "Patient.birthDate"
