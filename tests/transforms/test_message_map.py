"""Which segments make which resources, what they are called and how they refer to each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.canonical.identity import identify
from engine.canonical.resource import Resource
from engine.language.condition import parse_condition
from engine.language.fault import Faults, Mark, Text
from engine.language.path import read_field
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import Transformed
from engine.transforms.trees import least_field
from tests.transforms.folders import FACILITY, send, shipped, write

PID = "PID|1||7^^^H^MR||A^B||19800102|M"
PV1 = "PV1|1|I|||||||||||||||||V1"


def result(*segments: str) -> Transformed:
    done = send(shipped(), *segments, event="ORU^R01^ORU_R01")
    assert done.refusal is None
    return done


def of(done: Transformed, kind: str) -> list[Resource]:
    return [one for one in done.resources if one.type == kind]


def test_order_begins_at_orc_or_obr_and_ends_before_the_next() -> None:
    done = result(
        *(PID, "ORC|RE|P1|F1", "OBR|1|P1|F1|A", "OBX|1|ST|X||1||||||F", "OBX|2|ST|Y||2||||||F"),
        *("OBR|2|P2|F2|B", "OBX|1|ST|X||3||||||F", "ORC|RE|P3|F3", "OBR|3|P3|F3|C"),
    )
    reports = of(done, "DiagnosticReport")
    assert [len(one.body.get("result", [])) for one in reports] == [2, 1, 0]
    assert [one.body["identifier"][0]["value"] for one in of(done, "ServiceRequest")] == ["P1", "P2", "P3"]
    assert all(one.body["subject"] == reports[0].body["subject"] for one in of(done, "Observation"))


def test_report_refers_to_its_order_and_its_results() -> None:
    done = result(PID, PV1, "ORC|RE|P1|F1", "OBR|1|P1|F1|A", "OBX|1|ST|X||1||||||F")
    (request,), (report,), (observation,) = (
        of(done, kind) for kind in ("ServiceRequest", "DiagnosticReport", "Observation")
    )
    assert report.body["basedOn"] == [{"reference": f"ServiceRequest/{request.id}"}]
    assert report.body["result"] == [{"reference": f"Observation/{observation.id}"}]
    assert observation.body["encounter"] == {"reference": f"Encounter/{of(done, 'Encounter')[0].id}"}


def test_remark_belongs_to_the_segment_it_follows() -> None:
    done = result(
        *(PID, "NTE|1||of the patient", "ORC|RE|P1", "OBR|1|P1|F1|A", "NTE|1||of the order", "OBX|1|ST|X||1||||||F"),
        *("NTE|1||of the first", "ZXX|1", "NTE|2||and more", "OBX|2|ST|Y||2||||||F", "TCD|1", "NTE|1||of nobody"),
    )
    first, second = of(done, "Observation")
    assert [note["text"] for note in first.body["note"]] == ["of the first", "and more"]
    assert "note" not in second.body
    assert of(done, "ServiceRequest")[0].body["note"] == [{"text": "of the order"}]
    assert "of the patient" not in str(done.resources)


def test_result_before_its_order_is_one_of_the_patient() -> None:
    done = result(PID, "OBX|1|ST|X||1||||||F", "OBR|1|P1|F1|A", "OBX|1|ST|X||2||||||F")
    first, second = of(done, "Observation")
    assert first.id != second.id
    assert not first.weak
    assert not second.weak
    assert len(of(done, "DiagnosticReport")[0].body["result"]) == 1


def test_results_of_two_patients_are_kept_apart() -> None:
    done = result(
        *(PID, "OBR|1|P1|F1|A", "OBX|1|ST|X||1||||||F"),
        *("PID|2||8^^^H^MR||C^D", "OBR|1|P2|F2|A", "OBX|1|ST|X||2||||||F"),
    )
    one, other = of(done, "Patient")
    assert [each.body["subject"]["reference"] for each in of(done, "Observation")] == [
        f"Patient/{one.id}",
        f"Patient/{other.id}",
    ]


def test_visit_that_a_result_cannot_name_is_none() -> None:
    done = result(PID, "PV1|1|I", "OBR|1|P1|F1|A", "OBX|1|ST|X||1||||||F")
    assert of(done, "Encounter") == []
    assert "encounter" not in of(done, "Observation")[0].body


def test_ids_come_from_what_the_sender_says_and_from_the_registry_code() -> None:
    done = result(
        PID, PV1, "OBR|1|P1^HIS|F1^LIS|A", "OBX|1|ST|X||1||||||F", "OBX|2|ST|X||2||||||F", "OBX|3|ST|X|9|3||||||F"
    )
    code = FACILITY.code
    report = identify("DiagnosticReport", code, ("filler", "F1"))
    assert of(done, "Patient")[0].id == identify("Patient", code, ("number", "7"))
    assert of(done, "Encounter")[0].id == identify("Encounter", code, ("visit", "V1"))
    assert of(done, "ServiceRequest")[0].id == identify("ServiceRequest", code, ("placer", "P1"))
    assert [one.id for one in of(done, "Observation")] == [
        identify("Observation", code, ("report", report, "X", sub, ordinal))
        for sub, ordinal in (("", "1"), ("", "2"), ("9", "1"))
    ]


def test_visit_without_a_number_is_named_by_patient_and_admission_in_admissions_only() -> None:
    visit = "PV1|1|I" + "|" * 42 + "202510010730"
    done = send(shipped(), PID, visit)
    patient, encounter = of(done, "Patient")[0], of(done, "Encounter")[0]
    assert encounter.id == identify("Encounter", FACILITY.code, ("admission", patient.id, "202510010730"))
    assert not encounter.weak


def test_nothing_named_is_weak_and_the_same_when_sent_again() -> None:
    done = send(shipped(), "PID|1||", "PV1|1|I")
    again = send(shipped(), "PID|1||", "PV1|1|I")
    other = send(shipped(), "PID|1||", "PV1|1|O")
    assert [one.weak for one in done.resources] == [True, True]
    assert [one.id for one in done.resources] == [one.id for one in again.resources]
    assert not {one.id for one in done.resources} & {one.id for one in other.resources}


def test_what_a_weak_resource_names_is_weak_too() -> None:
    done = send(shipped(), "PID|1||", "PV1|1|I" + "|" * 42 + "20251001")
    assert [(one.type, one.weak) for one in done.resources] == [("Patient", True), ("Encounter", True)]


def test_what_is_weak_names_nothing() -> None:
    done = send(shipped(), PID, "PV1|1|I", "DG1|1||A97.1")
    assert [(one.type, one.weak) for one in done.resources] == [
        ("Patient", False),
        ("Encounter", True),
        ("Condition", False),
    ]
    patient = of(done, "Patient")[0].id
    assert of(done, "Condition")[0].id == identify("Condition", FACILITY.code, ("patient", patient, "A97.1", "", ""))


def test_resource_named_twice_is_one_event() -> None:
    done = result(PID, "OBR|1|P1|F1|A", "OBX|1|ST|X||1||||||P||||||||||U1", "OBX|2|ST|X||2||||||F||||||||||U1")
    (observation,) = of(done, "Observation")
    assert (observation.body["valueString"], observation.body["status"]) == ("2", "final")
    assert [one.place for one in done.resources] == list(range(len(done.resources)))
    assert of(done, "DiagnosticReport")[0].body["result"] == [{"reference": f"Observation/{observation.id}"}]


def test_unknown_segments_are_passed_over() -> None:
    plain = result(PID, "OBR|1|P1|F1|A", "OBX|1|ST|X||1||||||F")
    dotted = result("ZZZ|1", PID, "ZPD|1", "OBR|1|P1|F1|A", "ZBR|x", "OBX|1|ST|X||1||||||F", "ZBX|y")
    assert [one.body for one in plain.resources] == [one.body for one in dotted.resources]


def test_second_patient_where_one_may_stand_is_refused() -> None:
    done = send(shipped(), PID, PV1, "PID|2||8")
    assert done.refusal is not None
    assert (done.refusal.reason, done.refusal.where) == ("STRUCTURE", "PID[2]")


def test_position_of_a_fault_names_which_segment() -> None:
    done = send(shipped(), PID, "OBR|1|P1|F1|A", "OBX|1|ST|X||1||||||F|||x", event="ORU^R01")
    assert done.refusal is not None
    assert done.refusal.where == "OBX-14"
    done = send(shipped(), PID, "OBR|1|P1|F1|A", "OBX|1|ST|X||1||||||F", "OBX|2|ST|X||1||||||F|||x", event="ORU^R01")
    assert done.refusal is not None
    assert done.refusal.where == "OBX[2]-14"


GROUPS = """
    message: ADT_A01
    events: [A01]
    resources:
      Patient: { from: PID }
      Coverage[*]: { from: IN1, also: [IN2], beneficiary: Patient }
"""
SEGMENTS = {
    "PID.Patient": "{ segment: PID, resource: Patient, identity: { n: [PID-3] }, elements: { name.text: PID-5 } }",
    "IN1.Coverage": """
        segment: IN1
        resource: Coverage
        identity: { card: [Patient, IN1-2, IN2-1 if valued] }
        elements:
          status: { value: active }
          payor: { value: { display: unknown } }
    """,
    "IN2.Coverage": "{ segment: IN2, resource: Coverage, elements: { subscriberId: IN2-2 } }",
}


@pytest.fixture
def coverages(tmp_path: Path) -> MappingSet:
    files = {f"standard/segments/{name}.yaml": text for name, text in SEGMENTS.items()}
    return load_mappings(write(tmp_path, files | {"standard/messages/ADT_A01.yaml": GROUPS}))


def test_a_segment_that_follows_each_fills_the_one_it_follows(coverages: MappingSet) -> None:
    done = send(coverages, "PID|||7", "IN1|1|A", "IN2|x|1", "IN1|2|B", "IN1|3|C", "IN2||3")
    found = [one.body.get("subscriberId") for one in of(done, "Coverage")]
    assert found == ["1", None, "3"]


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        ("OBX-25 valued and OBX-23 valued", 25),
        ("OBX-25 valued or OBX-3 = A", 3),
        ("not OBX-25 valued", 0),
        ("OBX-25 != A", 0),
        ("count(OBX-25) < 2", 0),
        ("OBR-25 valued", 0),
        ("OBX-5 is decimal and OBR-25 valued", 5),
    ],
)
def test_segment_that_ends_before_a_field_cannot_meet_a_condition_on_it(condition: str, field: int) -> None:
    read = parse_condition(Text(condition, Mark("")), read_field, "OBX-5")
    assert least_field(read, "OBX") == field


def test_a_line_does_not_read_one_of_the_segments_that_each_add_something(tmp_path: Path) -> None:
    files = {
        "standard/messages/ADT_A01.yaml": """
            message: ADT_A01
            events: [A01]
            resources: { Patient: { from: PID, also: ["NTE[*]"] } }
        """,
        "standard/segments/PID.Patient.yaml": """
            segment: PID
            resource: Patient
            identity: { n: [PID-3] }
            elements: { language: { from: NTE-3, when: NTE-3 valued } }
        """,
        "standard/segments/NTE.Patient.yaml": "{ segment: NTE, resource: Patient, elements: { name.text: NTE-3 } }",
    }
    with pytest.raises(Faults) as caught:
        load_mappings(write(tmp_path, files))
    assert [fault.code for fault in caught.value.faults] == ["M349"]
