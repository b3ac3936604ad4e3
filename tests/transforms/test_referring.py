"""What elements refer to: by a key in a segment mapping, from the segment at hand to what was made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.language.fault import Faults
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from tests.transforms.folders import send, write

FILES = {
    "standard/messages/ADT_A01.yaml": """
        message: ADT_A01
        events: [A01]
        resources:
          Patient: { from: PID, also: [{ from: "ROL.Patient-GeneralPractitioner[*]", when: ROL-3.1 = PP }] }
          Encounter:
            from: PV1
            also:
              - { from: PV2.Encounter-Reason, when: PV2-1 != X }
              - "DG1.Encounter-Diagnosis[*]"
              - { from: "ROL.Encounter-Participant[*]", when: ROL-3.1 != PP }
            subject: Patient
            elements: { account: { refers: "Account[*]" } }
          Condition[*]: { from: DG1, subject: Patient }
          Account: { from: PV1, when: PV1-18 valued }
          groups:
            - group: PROCEDURE
              begins: PR1
              resources:
                Procedure: { from: PR1, subject: Patient }
                Claim[*]: { from: PR1.Claim-Line, patient: Patient }
    """,
    "standard/segments/PID.Patient.yaml": """
        segment: PID
        resource: Patient
        identity: { number: [patient-identifier] }
        elements: { gender: PID-8 }
    """,
    "standard/segments/PV1.Encounter.yaml": """
        segment: PV1
        resource: Encounter
        identity: { visit: [PV1-19] }
        elements:
          status: { value: unknown }
          class.code: PV1-2 else AMB
          participant.individual.display: PV1-7.2
    """,
    "standard/segments/PV1.Account.yaml": """
        segment: PV1
        resource: Account
        identity: { number: [PV1-18] }
        elements: { status: { value: active } }
    """,
    "standard/segments/PV2.Encounter-Reason.yaml": """
        segment: PV2
        resource: Encounter
        elements:
          reasonCode.coding.system: { value: "http://example.org" }
          reasonCode.coding.code: PV2-3
    """,
    "standard/segments/DG1.Encounter-Diagnosis.yaml": """
        segment: DG1
        resource: Encounter
        elements:
          diagnosis.condition: { refers: Condition }
          diagnosis.use.text: { value: admission }
          diagnosis.rank: DG1-15 as positiveInt
    """,
    "standard/segments/DG1.Condition.yaml": """
        segment: DG1
        resource: Condition
        identity: { code: [Encounter, DG1-3] }
        elements: { code.text: DG1-3 }
    """,
    "standard/segments/ROL.Patient-GeneralPractitioner.yaml": """
        segment: ROL
        resource: Patient
        elements: { generalPractitioner.display: ROL-4.2 }
    """,
    "standard/segments/ROL.Encounter-Participant.yaml": """
        segment: ROL
        resource: Encounter
        elements: { participant.individual.display: ROL-4.2 }
    """,
    "standard/segments/PR1.Procedure.yaml": """
        segment: PR1
        resource: Procedure
        identity: { code: [PR1-3] }
        elements:
          status: { value: completed }
          encounter: { refers: Encounter }
          reasonReference: { refers: "Condition[*]" }
          performer.actor: { refers: Nobody }
          performer.function.text: PR1-8
    """,
    "standard/segments/PR1.Claim-Line.yaml": """
        segment: PR1
        resource: Claim
        identity: { code: [PR1-3] }
        elements:
          status: { value: active }
          type.text: { value: x }
          use: { value: claim }
          created: { value: "2025" }
          priority.text: { value: x }
          provider.display: { value: x }
          insurance: { value: [{ sequence: 1, focal: true, coverage: { display: x } }] }
          procedure:
            elements:
              sequence: { value: 1 }
              procedureReference: { refers: Procedure }
    """,
}
PID, PV1 = "PID|1||123^^^BV^MR", "PV1|1|I|||||7^Lê||||||||||||V1"


def without(name: str, text: str) -> dict[str, str]:
    return FILES | {name: FILES[name].replace(text, "")}


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> MappingSet:
    procedure = "standard/segments/PR1.Procedure.yaml"
    files = without(procedure, "          performer.actor: { refers: Nobody }\n")
    return load_mappings(write(tmp_path_factory.mktemp("referring"), files))


def made(mappings: MappingSet, *segments: str) -> dict[str, list[dict[str, Any]]]:
    done = send(mappings, *segments)
    assert done.refusal is None, done.refusal
    found: dict[str, list[dict[str, Any]]] = {}
    for one in done.resources:
        found.setdefault(one.type, []).append(one.body)
    return found


def test_element_refers_to_what_was_made_from_the_same_segment(mappings: MappingSet) -> None:
    found = made(mappings, PID, PV1, "AL1|1", "DG1|1||A97", "DG1|2||I10" + "|" * 12 + "2")
    conditions = [one["id"] for one in found["Condition"]]
    assert found["Encounter"][0]["diagnosis"] == [
        {"condition": {"reference": f"Condition/{conditions[0]}"}, "use": {"text": "admission"}},
        {"condition": {"reference": f"Condition/{conditions[1]}"}, "rank": 2, "use": {"text": "admission"}},
    ]


def test_nothing_made_leaves_the_element_out_and_what_is_constant_beside_it(mappings: MappingSet) -> None:
    (encounter,) = made(mappings, PID, PV1)["Encounter"]
    assert "diagnosis" not in encounter
    assert "account" not in encounter


def test_element_refers_to_the_nearest_around_where_its_segment_made_none(mappings: MappingSet) -> None:
    found = made(mappings, PID, PV1, "DG1|1||A97", "DG1|2||I10", "PR1|1||cut", "PR1|2||sew")
    encounter = f"Encounter/{found['Encounter'][0]['id']}"
    assert [one["encounter"]["reference"] for one in found["Procedure"]] == [encounter, encounter]
    assert [len(one["reasonReference"]) for one in found["Procedure"]] == [2, 2]


def test_each_refers_to_all_that_a_rule_made(mappings: MappingSet) -> None:
    found = made(mappings, PID, "PV1|1|I" + "|" * 16 + "ACC|V1")
    assert found["Encounter"][0]["account"] == [{"reference": f"Account/{found['Account'][0]['id']}"}]


def test_reference_at_depth_is_to_its_own_run_of_a_group(mappings: MappingSet) -> None:
    found = made(mappings, PID, PV1, "PR1|1||cut", "PR1|2||sew")
    targets = [one["procedure"][0]["procedureReference"]["reference"] for one in found["Claim"]]
    assert targets == [f"Procedure/{one['id']}" for one in found["Procedure"]]


def test_bare_segment_means_the_mapping_called_after_the_resource(mappings: MappingSet) -> None:
    found = made(mappings, PID, PV1, "PR1|1||cut")
    assert (found["Procedure"][0]["status"], found["Claim"][0]["status"]) == ("completed", "active")


def test_further_segment_counts_under_its_condition_alone(mappings: MappingSet) -> None:
    rows = (PID, "ROL|1|AD|PP|8^Trần", "ROL|2|AD|XX|9^Lý", PV1, "ROL|3|AD|AT|6^Ngô")
    found = made(mappings, *rows)
    assert found["Patient"][0]["generalPractitioner"] == [{"display": "Trần"}]
    names = [one["individual"]["display"] for one in found["Encounter"][0]["participant"]]
    assert names == ["Lê", "Ngô"]


@pytest.mark.parametrize(("kind", "there"), [("A", True), ("X", False)])
def test_single_further_segment_has_a_condition_too(mappings: MappingSet, kind: str, there: bool) -> None:
    (encounter,) = made(mappings, PID, PV1, f"PV2|{kind}||why")["Encounter"]
    assert ("reasonCode" in encounter) == there


def test_constants_of_a_conditional_segment_stand_only_beside_what_was_sent(mappings: MappingSet) -> None:
    assert "reasonCode" not in made(mappings, PID, PV1, "PV2|A||")["Encounter"][0]


ENCOUNTER = "standard/messages/ADT_A01.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "told"),
    [
        ("standard/segments/PR1.Procedure.yaml", "Nobody", "Conditio", "M324", "no message has 'Conditio'"),
        ("standard/segments/PR1.Procedure.yaml", "Nobody", "Account", "M325", "'actor' refers to no Account"),
        ("standard/segments/PR1.Procedure.yaml", "Nobody", '"Condition[*]"', "M304", "does not repeat"),
        ("standard/segments/PR1.Procedure.yaml", "Nobody", "a.b", "M115", "names no resource"),
        ("standard/segments/PID.Patient.yaml", "PID-8", "{ refers: Encounter }", "M323", "refers to nothing"),
        (ENCOUNTER, "Account[*]", "Accounts", "M324", "no message has 'Accounts'"),
        (ENCOUNTER, "from: PV1\n", "from: PID.Patient\n", "M343", "PID.Patient fills a Patient, and not a Encounter"),
        (ENCOUNTER, "{ from: PR1, s", "{ from: PR1.Proc, s", "M322", "no segment mapping 'PR1.Proc'"),
        (ENCOUNTER, "{ from: DG1, s", '{ from: DG1, also: ["DG1[*]"], s', "M344", "cannot follow itself"),
        (ENCOUNTER, "ROL-3.1 = PP }", "ROL-3.1 = }", "M202", "ends where a text should follow"),
        (ENCOUNTER, "when: PV2-1 != X", "if: PV2-1", "M102", "unknown key 'if'"),
    ],
)
def test_fault_of_a_reference_or_a_further_segment_is_found(
    tmp_path: Path, file: str, old: str, new: str, code: str, told: str
) -> None:
    files = dict(FILES)
    if old != "Nobody":
        files["standard/segments/PR1.Procedure.yaml"] = FILES["standard/segments/PR1.Procedure.yaml"].replace(
            "          performer.actor: { refers: Nobody }\n", ""
        )
    assert old in files[file]
    with pytest.raises(Faults) as caught:
        load_mappings(write(tmp_path, files | {file: files[file].replace(old, new)}))
    found = [fault for fault in caught.value.faults if fault.code == code]
    assert any(told in fault.what for fault in found), caught.value.faults


def test_reference_to_a_rule_of_another_message_is_left_out_here(tmp_path: Path) -> None:
    other = """
        message: ADT_A03
        events: [A03]
        resources: { Nobody: { from: PV1, type: Patient } }
    """
    files = FILES | {
        "standard/messages/ADT_A03.yaml": other,
        "standard/segments/PV1.Patient.yaml": """
            segment: PV1
            resource: Patient
            identity: { visit: [PV1-19] }
            elements: { gender: PV1-2 }
        """,
    }
    found = made(load_mappings(write(tmp_path, files)), PID, PV1, "PR1|1||cut" + "|" * 5 + "surgeon")
    assert found["Procedure"][0]["performer"] == [{"function": {"text": "surgeon"}}]


GROUPED = {
    "standard/messages/ADT_A01.yaml": """
        message: ADT_A01
        events: [A01]
        resources:
          Encounter: { from: PV1, also: ["DG1[*]"], subject: "Patient[1]" }
          groups:
            - group: PATIENT
              begins: PID
              resources:
                Patient: { from: PID }
            - { group: DIAGNOSIS, begins: DG1, resources: {} }
    """,
    "standard/segments/PID.Patient.yaml": FILES["standard/segments/PID.Patient.yaml"],
    "standard/segments/PV1.Encounter.yaml": """
        segment: PV1
        resource: Encounter
        identity: { visit: [PV1-19] }
        elements:
          status: { value: unknown, inferred: true }
          class.code: PV1-2 else AMB
          diagnosis: { value: { condition: { display: unknown } }, inferred: true }
    """,
    "standard/segments/DG1.Encounter.yaml": """
        segment: DG1
        resource: Encounter
        elements:
          status: { from: DG1-6 as code, when: DG1-6 valued }
          diagnosis.condition.display: DG1-3.2
    """,
}


def test_reference_to_the_first_finds_what_groups_made(tmp_path: Path) -> None:
    other = PID.replace("123", "456")
    resources = made(load_mappings(write(tmp_path, GROUPED)), PV1, PID, other)
    first, second = resources["Patient"]
    assert first["id"] != second["id"]
    assert resources["Encounter"][0]["subject"] == {"reference": f"Patient/{first['id']}"}


def test_what_a_further_segment_sends_goes_before_what_is_inferred(tmp_path: Path) -> None:
    mappings = load_mappings(write(tmp_path, GROUPED))
    alone = made(mappings, PV1, PID)["Encounter"][0]
    assert (alone["status"], alone["diagnosis"]) == ("unknown", [{"condition": {"display": "unknown"}}])
    told = made(mappings, PV1, PID, "DG1|1||A^One|||planned", "DG1|2||B^Two")["Encounter"][0]
    assert told["status"] == "planned"
    assert told["diagnosis"] == [{"condition": {"display": "One"}}, {"condition": {"display": "Two"}}]
