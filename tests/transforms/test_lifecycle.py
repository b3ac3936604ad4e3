"""What an event takes back, and whom a merge names."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.canonical.identity import identify
from engine.language.fault import Faults
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from tests.transforms.folders import FACILITY, send, write

FILES = {
    "standard/messages/ADT_A01.yaml": """
        message: ADT_A01
        events: [A01, A13, A40]
        resources:
          Patient:
            from: PID
            undoes: [{ element: deceased, when: MSH-9.2 = A13 }, { element: gender, when: MSH-9.2 = A13 }]
            elements:
              link:
                elements: { other: { refers: Merged }, type: { value: replaces } }
          Encounter: { from: PV1, undoes: length, subject: Patient }
          Merged: { from: MRG.Patient-Merged, type: Patient }
    """,
    "standard/segments/PID.Patient.yaml": """
        segment: PID
        resource: Patient
        identity: { number: [patient-identifier] }
        elements:
          gender: PID-8 else unknown
          deceasedBoolean: PID-30 as boolean
          language: PID-15
    """,
    "standard/segments/MRG.Patient-Merged.yaml": """
        segment: MRG
        resource: Patient
        identity: { number: [prior-identifier] }
        elements: { active: { value: false } }
    """,
    "standard/segments/PV1.Encounter.yaml": """
        segment: PV1
        resource: Encounter
        identity: { visit: [PV1-19] }
        elements: { status: { value: unknown }, class.code: PV1-2 else AMB, length.unit: PV1-40 }
    """,
}
PID = "PID|1||2^^^BV^MR"


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> MappingSet:
    return load_mappings(write(tmp_path_factory.mktemp("lifecycle"), FILES))


def test_event_erases_what_it_takes_back(mappings: MappingSet) -> None:
    patient = send(mappings, PID, event="ADT^A13^ADT_A01").resources[0]
    assert set(patient.deleted) == {"deceased[x]", "gender"}
    assert patient.inferred == ()
    assert "gender" not in patient.body


def test_what_the_message_sends_is_not_taken_back(mappings: MappingSet) -> None:
    patient = send(mappings, PID + "|" * 5 + "M" + "|" * 22 + "Y", event="ADT^A13^ADT_A01").resources[0]
    assert patient.deleted == ()
    assert patient.body["deceasedBoolean"] is True


def test_other_events_take_nothing_back(mappings: MappingSet) -> None:
    patient = send(mappings, PID).resources[0]
    assert (patient.deleted, patient.inferred) == ((), ("gender",))


def test_element_without_a_condition_is_always_taken_back(mappings: MappingSet) -> None:
    encounter = send(mappings, PID, "PV1|1|I" + "|" * 17 + "V1").resources[1]
    assert encounter.deleted == ("length",)


def test_merge_names_who_was_merged_as_his_own_messages_do(mappings: MappingSet) -> None:
    done = send(mappings, PID, "MRG|1^^^BV^MR", event="ADT^A40^ADT_A39")
    patient, merged = done.resources
    assert merged.id == identify("Patient", FACILITY.code, ("number", "1"))
    assert merged.id == send(mappings, "PID|1||1^^^BV^MR").resources[0].id
    assert patient.body["link"] == [{"other": {"reference": f"Patient/{merged.id}"}, "type": "replaces"}]
    assert merged.body["active"] is False


def test_who_was_merged_into_himself_is_no_link(mappings: MappingSet) -> None:
    done = send(mappings, PID, "MRG|2^^^BV^MR", event="ADT^A40^ADT_A39")
    assert "link" not in done.resources[0].body


def test_element_that_the_resource_lacks_cannot_be_undone(tmp_path: Path) -> None:
    wrong = FILES["standard/messages/ADT_A01.yaml"].replace("undoes: length", "undoes: lenght")
    with pytest.raises(Faults) as caught:
        load_mappings(write(tmp_path, FILES | {"standard/messages/ADT_A01.yaml": wrong}))
    assert [(fault.code, fault.hint) for fault in caught.value.faults] == [("M301", "did you mean 'length'?")]
