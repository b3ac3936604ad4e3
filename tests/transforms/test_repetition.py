"""Elements that are made anew for each repetition of a field, and segments that fill an entry which another began."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.language.fault import Faults
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from tests.transforms.folders import send, write

PID = "PID|1||7^^^H^MR||A^B||19800102|M"
FILES = {
    "standard/messages/RDE_O11.yaml": """
        message: RDE_O11
        events: [O11]
        resources:
          Patient: { from: PID }
          groups:
            - group: ORDER
              begins: ORC
              resources:
                MedicationRequest:
                  from: ORC
                  also: [{ from: RXR, into: dosageInstruction }]
                  subject: Patient
                Observation[*]: { from: OBX, subject: Patient }
    """,
    "standard/segments/PID.Patient.yaml": """
        segment: PID
        resource: Patient
        identity: { number: [patient-identifier] }
        elements:
          name.family: PID-5.1
    """,
    "standard/segments/ORC.MedicationRequest.yaml": """
        segment: ORC
        resource: MedicationRequest
        identity: { placer: [ORC-2] }
        elements:
          status: { value: active }
          intent: { value: order }
          medicationCodeableConcept.text: ORC-16 else unknown
          dosageInstruction[1].text: ORC-3
          dosageInstruction[2].text: ORC-4
    """,
    "standard/segments/RXR.MedicationRequest.yaml": """
        segment: RXR
        resource: MedicationRequest
        elements:
          dosageInstruction.route.text: RXR-1
    """,
    "standard/segments/OBX.Observation.yaml": """
        segment: OBX
        resource: Observation
        identity: { number: [OBX-21] }
        elements:
          status: { value: final }
          code.text: OBX-3 else unknown
          component:
            each: OBX-5
            when: count(OBX-5) > 1
            elements:
              code.text: OBX-3 else unknown
              valueQuantity:
                when: OBX-5 is decimal
                elements:
                  value: OBX-5 as decimal
                  unit: OBX-6
              valueCodeableConcept: { from: OBX-5 as CE.CodeableConcept, when: OBX-5.2 valued }
              valueString: OBX-5
    """,
    "standard/datatypes/CE.CodeableConcept.yaml": """
        datatype: CE
        type: CodeableConcept
        elements:
          text: .2
    """,
}


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> MappingSet:
    return load_mappings(write(tmp_path_factory.mktemp("mappings"), FILES))


def made(mappings: MappingSet, kind: str, *segments: str) -> dict[str, Any]:
    done = send(mappings, PID, "ORC|NW|P1|first|second", *segments, event="RDE^O11^RDE_O11")
    assert done.refusal is None
    (found,) = (one.body for one in done.resources if one.type == kind)
    return found


def test_each_repetition_is_an_entry_of_its_own(mappings: MappingSet) -> None:
    made_of = made(mappings, "Observation", "OBX|1||A||2.5~x^Y~~word|mg|||||||||||||||U1")
    assert made_of["component"] == [
        {"code": {"text": "A"}, "valueQuantity": {"value": 2.5, "unit": "mg"}},
        {"code": {"text": "A"}, "valueCodeableConcept": {"text": "Y"}},
        {"code": {"text": "A"}, "valueString": "word"},
    ]


def test_condition_of_an_entry_looks_at_the_whole_field(mappings: MappingSet) -> None:
    assert "component" not in made(mappings, "Observation", "OBX|1||A||2.5|mg|||||||||||||||U1")


def test_segment_fills_the_first_entry_of_a_list_that_it_is_put_into(mappings: MappingSet) -> None:
    request = made(mappings, "MedicationRequest", "RXR|PO")
    assert request["dosageInstruction"] == [{"text": "first", "route": {"text": "PO"}}, {"text": "second"}]


def test_segment_that_did_not_come_leaves_the_entry_as_it_is(mappings: MappingSet) -> None:
    assert made(mappings, "MedicationRequest")["dosageInstruction"] == [{"text": "first"}, {"text": "second"}]


def test_repetitions_of_a_component_are_refused(tmp_path: Path) -> None:
    broken = FILES["standard/segments/OBX.Observation.yaml"].replace("each: OBX-5", "each: OBX-5.1")
    with pytest.raises(Faults, match="each names no field"):
        load_mappings(write(tmp_path, FILES | {"standard/segments/OBX.Observation.yaml": broken}))
