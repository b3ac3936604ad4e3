"""What the language must be able to say, each through a mapping of its own: groups, orphans, Z segments, references."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.language.fault import Faults
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import Transformed
from tests.transforms.folders import send, write

FILES = {
    "standard/messages/ORU_R01.yaml": """
        message: ORU_R01
        events: [R01]
        resources:
          groups:
            - group: PATIENT
              begins: PID
              resources:
                Patient: { from: PID, also: [ZPI] }
                groups:
                  - group: VISIT
                    begins: PV1
                    resources:
                      Encounter: { from: PV1, subject: Patient }
                      groups:
                        - group: ORDER
                          begins: ORC|OBR
                          resources:
                            ServiceRequest: { from: OBR, subject: Patient, encounter: Encounter }
                            Observation[*]:
                              from: OBX
                              also: ["NTE[*]"]
                              subject: Patient
                              encounter: Encounter
                              basedOn: ServiceRequest
    """,
    "standard/segments/PID.Patient.yaml": """
        segment: PID
        resource: Patient
        identity: { number: [patient-identifier] }
        elements: { gender: PID-8, language: ZPI-2.3 }
    """,
    "standard/segments/ZPI.Patient.yaml": """
        segment: ZPI
        resource: Patient
        elements: { name.text: "ZPI-1[*]" }
    """,
    "standard/segments/PV1.Encounter.yaml": """
        segment: PV1
        resource: Encounter
        identity: { visit: [PV1-19] }
        elements: { status: PV1-2 else unknown, class: { value: { code: AMB } } }
    """,
    "standard/segments/OBR.ServiceRequest.yaml": """
        segment: OBR
        resource: ServiceRequest
        identity: { order: [OBR-2] }
        elements: { status: { value: active }, intent: { value: order }, code.text: OBR-4 }
    """,
    "standard/segments/OBX.Observation.yaml": """
        segment: OBX
        resource: Observation
        identity: { result: [ServiceRequest, OBX-3] }
        elements: { status: OBX-11 else final, code.text: OBX-3 else unknown, valueString: OBX-5 }
    """,
    "standard/segments/NTE.Observation.yaml": """
        segment: NTE
        resource: Observation
        elements: { note.text: NTE-3 }
    """,
}
A, B = "PID|1||A", "PID|2||B"
VISIT, OTHER_VISIT = "PV1|1|I" + "|" * 17 + "V1", "PV1|2|O" + "|" * 17 + "V2"
ORDER, OTHER_ORDER = "OBR|1|O1||Glucose", "OBR|2|O2||Sodium"


def result(code: str) -> str:
    return f"OBX|1|ST|{code}||5"


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> MappingSet:
    return load_mappings(write(tmp_path_factory.mktemp("language"), FILES))


def sent(mappings: MappingSet, *segments: str) -> Transformed:
    return send(mappings, *segments, event="ORU^R01^ORU_R01")


def of(done: Transformed, kind: str) -> list[dict[str, Any]]:
    return [one.body for one in done.resources if one.type == kind]


def test_each_patient_has_their_visits_and_each_visit_its_orders_with_their_results(mappings: MappingSet) -> None:
    first = (A, VISIT, ORDER, result("x"), result("y"), OTHER_ORDER, result("x"), OTHER_VISIT)
    done = sent(mappings, *first, B, "PV1|1|I" + "|" * 17 + "V3", "OBR|1|O3||Potassium", result("z"))
    patients, visits, orders = (of(done, kind) for kind in ("Patient", "Encounter", "ServiceRequest"))
    assert [len(found) for found in (patients, visits, orders)] == [2, 3, 3]
    results = of(done, "Observation")
    assert [_number(one["subject"], patients) for one in results] == [0, 0, 0, 1]
    assert [_number(one["encounter"], visits) for one in results] == [0, 0, 0, 2]
    assert [_number(one["basedOn"][0], orders) for one in results] == [0, 0, 1, 2]
    assert [_number(one["subject"], patients) for one in visits] == [0, 0, 1]


def _number(reference: dict[str, str], found: list[dict[str, Any]]) -> int:
    return [one["id"] for one in found].index(reference["reference"].partition("/")[2])


def test_a_result_without_an_order_is_kept_and_refers_to_what_there_is(mappings: MappingSet) -> None:
    done = sent(mappings, A, VISIT, result("x"))
    (found,) = of(done, "Observation")
    assert found["subject"]["reference"] == f"Patient/{of(done, 'Patient')[0]['id']}"
    assert "basedOn" not in found
    assert next(one.weak for one in done.resources if one.type == "Observation")


def test_a_result_before_anything_is_kept(mappings: MappingSet) -> None:
    done = sent(mappings, result("x"), A, VISIT, ORDER, result("y"))
    assert [one["code"]["text"] for one in of(done, "Observation")] == ["x", "y"]


def test_a_note_before_anything_and_one_behind_a_stranger_belong_to_nobody(mappings: MappingSet) -> None:
    done = sent(
        mappings, "NTE|1||nobody's", A, VISIT, ORDER, result("x"), "NTE|1||mine", "AL1|1", "NTE|2||a stranger's"
    )
    assert [one.get("note") for one in of(done, "Observation")] == [[{"text": "mine"}]]


def test_each_note_belongs_to_the_result_that_it_follows(mappings: MappingSet) -> None:
    done = sent(mappings, A, ORDER, result("x"), "NTE|1||one", "NTE|2||two", result("y"), "NTE|1||three")
    notes = [[note["text"] for note in one["note"]] for one in of(done, "Observation")]
    assert notes == [["one", "two"], ["three"]]


def test_segments_that_nobody_knows_part_nothing(mappings: MappingSet) -> None:
    plain = sent(mappings, A, VISIT, ORDER, result("x"))
    strange = sent(mappings, "ZZZ|1", A, "ABC|2", VISIT, "ZX1", ORDER, "ZZZ|3", result("x"))
    assert [one.id for one in strange.resources] == [one.id for one in plain.resources]


def test_a_segment_of_the_sender_s_own_fills_elements_too(mappings: MappingSet) -> None:
    (patient,) = of(sent(mappings, A, "ZPI|Văn~An|a^b^vi"), "Patient")
    assert (patient["name"], patient["language"]) == ([{"text": "Văn\nAn"}], "vi")


def test_an_order_that_begins_with_orc_is_one_with_its_obr(mappings: MappingSet) -> None:
    done = sent(mappings, A, VISIT, "ORC|NW", ORDER, result("x"), "ORC|NW", OTHER_ORDER, result("x"))
    assert len(of(done, "ServiceRequest")) == 2
    assert len({one["basedOn"][0]["reference"] for one in of(done, "Observation")}) == 2


def test_null_erases_and_empty_leaves_alone(mappings: MappingSet, tmp_path: Path) -> None:
    empty, null = (sent(mappings, f"PID|1||A|||||{value}").resources[0] for value in ("", '""'))
    assert (empty.body.get("gender"), empty.deleted) == (None, ())
    assert (null.body.get("gender"), null.deleted) == (None, ("gender",))


TOGETHER = """
    segment: PID
    resource: Patient
    identity: { number: [patient-identifier] }
    elements:
      name.text: PID-5.2 + ", " + PID-5.1 | PID-5.1
      language: PID-15 as CWE.code via Tongue
      multipleBirthInteger: PID-25 as NM.integer
      deceasedDateTime: PID-29 + "/" + PID-30 as later
      "address[1].line": PID-11[*] as XAD.string
"""


def test_texts_are_put_together_and_datatypes_may_be_read_as_values(tmp_path: Path) -> None:
    files = {
        "standard/messages/ADT_A01.yaml": "{ message: ADT_A01, events: [A01], resources: { Patient: { from: PID } } }",
        "standard/segments/PID.Patient.yaml": TOGETHER,
        "standard/datatypes/CWE.code.yaml": "{ datatype: CWE, type: code, elements: { value: .1 | .4 as code } }",
        "standard/datatypes/NM.integer.yaml": "{ datatype: NM, type: integer, elements: { value: .1 as integer } }",
        "standard/datatypes/XAD.string.yaml": """
            datatype: XAD
            type: string
            elements: { value: { from: '.1.1 + "/" + .3', when: .7 != BA } }
        """,
        "standard/tables/Tongue.yaml": "{ table: Tongue, codes: { VN: vi } }",
    }
    mappings = load_mappings(write(tmp_path, files))

    def made(*fields: str) -> dict[str, Any]:
        wanted = dict(zip((3, 5, 11, 15, 25, 29, 30), fields, strict=False))
        return send(mappings, "PID|" + "|".join(wanted.get(number, "") for number in range(1, 31))).resources[0].body

    first = made("7", "A^B", "1^^C~2^^D^^^^BA~3^^E~4", "^^^VN", "0", "20251008235000+0700", "30 min")
    assert first["name"] == [{"text": "B, A"}]
    assert first["address"] == [{"line": ["1/C", "3/E"]}]
    assert (first["language"], first["multipleBirthInteger"]) == ("vi", 0)
    assert first["deceasedDateTime"] == "2025-10-09T00:20:00+07:00"
    assert "deceasedDateTime" not in made("7", "A^", "", "", "", "20251008235000", "soon")
    assert made("7", "A^", "4", "EN")["name"] == [{"text": "A"}]
    assert "language" not in made("7", "", "", "EN")
    assert "address" not in made("7", "", "4")


def test_value_of_a_primitive_type_is_all_that_it_holds(tmp_path: Path) -> None:
    wrong = "{ datatype: CWE, type: code, elements: { value: .1 as code, display: .2, value.x: .3 } }"
    files = {"standard/datatypes/CWE.code.yaml": wrong, "standard/segments/PID.Patient.yaml": ""}
    with pytest.raises(Faults) as caught:
        load_mappings(write(tmp_path, files))
    assert [fault.code for fault in caught.value.faults if "CWE" in fault.mark.file] == ["M301", "M302"]
