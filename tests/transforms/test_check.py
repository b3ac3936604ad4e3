"""Every fault that a folder of mappings may hold is found before anything runs, at its place."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from engine.language.fault import Fault, Faults, show
from engine.transforms.load import load_mappings
from tests.transforms.folders import write

GOOD = {
    "standard/messages/ADT_A01.yaml": """
        message: ADT_A01
        events: [A01]
        resources:
          Patient: { from: PID }
          Encounter: { from: PV1, subject: Patient }
    """,
    "standard/segments/PID.Patient.yaml": """
        segment: PID
        resource: Patient
        identity: { number: [patient-identifier] }
        elements:
          identifier: 'PID-3[*] as CX.Identifier'
          gender: PID-8 via Sex else unknown
    """,
    "standard/segments/PV1.Encounter.yaml": """
        segment: PV1
        resource: Encounter
        identity: { visit: [PV1-19] }
        elements:
          status: PV1-2 else unknown
          class: { value: { code: AMB } }
    """,
    "standard/datatypes/CX.Identifier.yaml": "{ datatype: CX, type: Identifier, elements: { value: .1 } }",
    "standard/tables/Sex.yaml": "{ table: Sex, system: s, codes: { F: female } }",
    "facilities/79014.yaml": 'facility: "79014"',
}
MESSAGE, PID, PV1, CX, SEX, OVERLAY = GOOD


def faults(folder: Path, **changes: str) -> tuple[Fault, ...]:
    with pytest.raises(Faults) as caught:
        load_mappings(write(folder, GOOD | changes))
    return caught.value.faults


def element(line: str) -> dict[str, str]:
    return {PID: dedent(GOOD[PID]) + f"  {line}\n"}


def visit(line: str) -> dict[str, str]:
    return {MESSAGE: GOOD[MESSAGE].replace("{ from: PV1, subject: Patient }", line)}


def overlay(text: str) -> dict[str, str]:
    return {OVERLAY: f'facility: "79014"\n{text}\n'}


def test_good_mappings_load(tmp_path: Path) -> None:
    assert load_mappings(write(tmp_path, GOOD)).resource_types == {"Patient", "Encounter"}


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        (element("nmae.text: PID-5"), "M301", "did you mean 'name'"),
        (element("name.famly: PID-5"), "M301", "did you mean 'family'"),
        (element("gender: PID-9"), "E006", "stands here again"),
        (element("gender[2]: PID-9"), "M304", "does not repeat"),
        (element("name: PID-5\n  name.text: PID-5"), "M302", "filled as a whole already"),
        (element("name: [{ elements: { text: PID-5 } }, { value: { text: x } }]"), "M303", "beside other alternatives"),
        (element("birthDate: PID-7"), "M313", "write: as date"),
        (element("name: PID-5"), "M313", "holds a HumanName"),
        (element("birthDate: PID-7 as decimal"), "M315", "decimal makes none"),
        (element("name: PID-5 as CX.Identifier"), "M315", "CX.Identifier makes a Identifier"),
        (element("birthDate: PID-7 as dat"), "M308", "did you mean 'date'"),
        (element("name.text: { from: PID-5, when: PID-7 is dat }"), "M308", "did you mean 'date'"),
        (element("active: PID-9 via Sexx"), "M310", "did you mean 'Sex'"),
        (element("birthDate: PID-9 via Sex"), "M311", "no code"),
        (element("active: PID-9 as boolean else yes"), "M312", "is no boolean"),
        (element("name: PID-5 as XPN.HumanName"), "M314", "no datatype mapping"),
        (element("active: { value: yes }"), "M309", "is no boolean"),
        (element("name: { value: { famly: x } }"), "M309", "no element 'famly'"),
        (element("name: { value: { given: x } }"), "M309", "is a list"),
        (element("name.text: PIX-5"), "M306", "no segment 'PIX'"),
        (element("name.text: PID-99"), "M307", "no field 99"),
        (element("name.text: { from: PID-5, when: PID-99 valued }"), "M307", "no field 99"),
        (element("name.text: { frm: PID-5 }"), "M102", "did you mean 'from'"),
        (element("name.text: { from: PID-5, value: x }"), "M111", "one of from, value, elements and refers"),
        (element("name.text: { from: PID-5, inferred: maybe }"), "M112", "neither true nor false"),
        (element("'name[*].text': PID-5"), "M110", "is no element"),
        (element("name.text: PID5"), "M204", "is no path"),
        (element("name.text: { from: PID-5, when: PID-5 valed }"), "M208", "'valed'"),
        ({CX: "{ datatype: CX, type: Identifier, elements: { value: .99 } }"}, "M307", "no component 99"),
        ({CX: "{ datatype: CX, type: Identifer, elements: { value: .1 } }"}, "M305", "is no FHIR type"),
        ({CX: "{ datatype: CX, type: Identifier, elements: { value: PID-3 } }"}, "M204", "is no path"),
        (
            {CX: "{ datatype: CX, type: Identifier, elements: { assigner.identifier: .4 as CX.Identifier } }"},
            "M316",
            "uses itself",
        ),
        (
            {"standard/segments/PID.Nothing.yaml": "{ segment: PID, resource: Nothing, elements: {} }"},
            "M305",
            "no FHIR",
        ),
        ({"standard/tables/Sexes.yaml": GOOD[SEX]}, "M105", "call it Sex.yaml"),
        ({SEX: "{ table: Sex, codes: { F: [a] } }"}, "M104", "is no text"),
        ({MESSAGE: GOOD[MESSAGE].replace("[A01]", "[]")}, "M320", "no event"),
        (
            {"standard/messages/ADT_A03.yaml": GOOD[MESSAGE].replace("ADT_A01", "ADT_A03")},
            "M330",
            "ADT^A01 is mapped by",
        ),
        (visit("{ from: PV2 }"), "M322", "no segment mapping 'PV2.Encounter'"),
        (visit("{ from: PV1, also: [PV2] }"), "M322", "no segment mapping 'PV2.Encounter'"),
        (visit("{ from: PV1, subjct: Patient }"), "M323", "did you mean 'subject'"),
        (visit("{ from: PV1, subject: Patiant }"), "M324", "no 'Patiant'"),
        (visit("{ from: PV1, episodeOfCare: Patient }"), "M325", "refers to no Patient"),
        (visit("{ from: PV1, subject: 'Patient[*]' }"), "M304", "does not repeat"),
        (visit("{ from: PV1, account: 'Patient[1]' }"), "M304", "'account' repeats"),
        (visit("{ from: PV1, identity: { x: [Patiant] } }"), "M327", "did you mean 'Patient'"),
        (visit("{ from: PV1, identity: { x: [Encounter] } }"), "M328", "named by each other"),
        (visit("{ from: PV1, identity: { x: [] } }"), "M326", "is empty"),
        (visit("{ from: PV1, elements: { status: PV1-2 } }"), "M329", "may be left out"),
        (visit("{ from: PV1, when: PV1-2 = }"), "M202", "ends where"),
        (visit("{ also: [PV2] }"), "M103", "'from' is missing"),
        (visit("{ from: pv1 }"), "M113", "is no segment"),
        (visit("[PV1]"), "M114", "no resource with its segment"),
        (visit("{ from: PV1, type: Visit }"), "M305", "no FHIR resource"),
        (
            {PV1: GOOD[PV1].replace("status: PV1-2 else unknown", "type.text: PV1-2")},
            "M329",
            "nothing fills 'status'",
        ),
        ({PV1: GOOD[PV1].replace(" else unknown", "")}, "M329", "'status', which every Encounter has, may be left out"),
        ({PV1: GOOD[PV1].replace("identity: { visit: [PV1-19] }", "")}, "M326", "nothing names"),
        (element("name.text: PID-5.1.8"), "M307", "no subcomponent 8; it has"),
        (element("name.text: PID-8.30"), "M307", "has no component 30; it has"),
        (element("name.text: { from: PID-5, when: PID-8 = M and PID-8 = F }"), "M340", "can never hold"),
        (element("name.text: { from: PID-5, when: PID-7 valued and PID-7 not valued }"), "M340", "PID-7 not valued"),
        (element("name.text: [PID-5 else x, PID-9]"), "M341", "never applies: line"),
        (element("name.text: [{ value: x, when: PID-8 = F }, { from: PID-9, when: PID-8 = F }]"), "M341", "never"),
        (visit("{ from: PV1, when: PV1-2 = I and PV1-2 = O }"), "M340", "can never hold"),
        (visit("{ from: PV1, when: PV1-99 valued }"), "M307", "no field 99"),
        (overlay("segments: { PID.Patent: { gender: PID-8 } }"), "M331", "did you mean 'PID.Patient'"),
        (overlay("segments: { PID.Patient: { gendr: PID-8 } }"), "M301", "did you mean 'gender'"),
        (overlay("tables: { Sexx: { '1': male } }"), "M332", "did you mean 'Sex'"),
        (overlay("tables: { Sex: none.csv }"), "M120", "there is no file 'none.csv'"),
        ({"facilities/more.yaml": 'facility: ["79014"]'}, "M333", "has 2 overlays"),
    ],
)
def test_fault_is_found(tmp_path: Path, changes: dict[str, str], code: str, told: str) -> None:
    found = [fault for fault in faults(tmp_path, **changes) if fault.code == code]
    assert found
    assert any(told in str(fault) for fault in found)
    assert all(fault.mark.line for fault in found)


def test_all_faults_are_told_at_once_with_line_and_caret(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        **element("nmae.text: PID-5\n  birthDate: 'PID-7 as dat'"),
        **{SEX: "{ table: Sex, codes: { F: female }, sytem: s }"},
    )
    assert [fault.code for fault in found] == ["M301", "M308", "M102"]
    found = faults(
        tmp_path,
        **element("nmae.text: PID-5\n  birthDate: 'PID-7 as dat'\n  name.text: PID-99"),
        **visit("{ from: PV2 }"),
    )
    assert sorted(fault.code for fault in found) == ["M301", "M307", "M308", "M322"]
    shown = show(found)
    assert "    nmae.text: PID-5\n" in shown
    assert re.search(r"\n {4}  \^", shown)


def test_column_counts_from_the_text_inside_quotes(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, **element("name.text: 'PID-5 | PID6'"))
    assert fault.mark.column == len("  name.text: 'PID-5 | ") + 1


def test_two_rules_for_one_key_in_groups_are_refused(tmp_path: Path) -> None:
    text = """
        message: ADT_A01
        events: [A01]
        resources:
          Patient: { from: PID }
          Encounter: { from: PV1, subject: Patient }
          groups:
            - group: VISIT
              begins: PV1|pv2
              resources:
                Patient: { from: PV1, type: Encounter }
    """
    assert {fault.code for fault in faults(tmp_path, **{MESSAGE: text})} >= {"M113"}
    assert {fault.code for fault in faults(tmp_path, **{MESSAGE: text.replace("|pv2", "")})} == {"M321", "M342"}


def test_group_that_begins_at_a_taken_segment_is_refused(tmp_path: Path) -> None:
    text = """
        message: ADT_A01
        events: [A01]
        resources:
          Patient: { from: PID }
          Encounter: { from: PV1, subject: Patient }
          groups:
            - group: VISIT
              begins: PV1
              resources: { }
            - group: STAY
              begins: PV1
              resources: { }
    """
    found = faults(tmp_path, **{MESSAGE: text})
    assert [(fault.code, fault.mark.line) for fault in found] == [("M342", 6), ("M342", 11)]
    assert "put it into the group VISIT" in found[0].hint


def test_column_points_at_the_path_that_is_wrong(tmp_path: Path) -> None:
    line = "name.text: { from: PID-5 | PID-99, when: PID-8 valued and PID-98 valued }"
    columns = [fault.mark.column for fault in faults(tmp_path, **element(line))]
    assert columns == [2 + line.index(path) + 1 for path in ("PID-99", "PID-98")]


def test_list_of_a_repeating_segment_must_repeat(tmp_path: Path) -> None:
    note = "{ segment: NTE, resource: Encounter, elements: { status: NTE-3 } }"
    changes = visit("{ from: PV1, also: ['NTE[*]'] }") | {"standard/segments/NTE.Encounter.yaml": note}
    assert "M304" in {fault.code for fault in faults(tmp_path, **changes)}


def test_elements_behind_a_condition_are_of_the_segment_that_it_chooses(tmp_path: Path) -> None:
    period = "{ when: NTE-1 = 1, elements: { start: NTE-6 as dateTime } }"
    note = f"{{ segment: NTE, resource: Encounter, elements: {{ period: {period} }} }}"
    changes = visit("{ from: PV1, also: ['NTE[*]'] }") | {"standard/segments/NTE.Encounter.yaml": note}
    assert load_mappings(write(tmp_path, GOOD | changes)).resource_types == {"Patient", "Encounter"}


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ("class.code: { value: AMB }", []),
        ("class.code: { value: AMB }\n          class.system: { value: s }", []),
        ("class.code: PV1-2 else AMB", []),
        ("class.code: PV1-2\n          class.system: { value: s }", ["M329"]),
        ("class: { elements: { code: PV1-2 else AMB } }", ["M329"]),
    ],
)
def test_required_element_is_sure_where_its_inside_is(tmp_path: Path, lines: str, codes: list[str]) -> None:
    text = GOOD[PV1].replace("class: { value: { code: AMB } }", lines)
    folder = write(tmp_path, GOOD | {PV1: text})
    found: list[str] = []
    try:
        load_mappings(folder)
    except Faults as error:
        found = [fault.code for fault in error.faults]
    assert found == codes


def test_an_overlay_s_datatype_that_uses_itself_is_a_fault(tmp_path: Path) -> None:
    own = "{ datatype: CX, type: Identifier, elements: { value: .1, assigner.identifier: .1 as Own.Identifier } }"
    (found,) = faults(tmp_path, **{OVERLAY: f'facility: "79014"\ndatatypes:\n  Own.Identifier: {own}\n'})
    assert (found.code, found.mark.line) == ("M316", 3)


@pytest.mark.parametrize("names", ["PID-3, " * 16 + "PID-3", ""])
def test_a_name_of_more_parts_than_can_be_compiled_is_a_fault(tmp_path: Path, names: str) -> None:
    identity = f"{{ a: [{names}] }}" if names else f"{{ {', '.join(f'a{one}: [PID-3]' for one in range(17))} }}"
    found = faults(tmp_path, **{PID: GOOD[PID].replace("{ number: [patient-identifier] }", identity)})
    assert "M201" in {fault.code for fault in found}


def test_a_message_of_hundreds_of_resources_is_a_fault(tmp_path: Path) -> None:
    resources = "".join(f"  R{one}: {{ from: PID, type: Patient }}\n" for one in range(256))
    (found,) = faults(tmp_path, **{MESSAGE: f"message: ADT_A01\nevents: [A01]\nresources:\n{resources}"})
    assert found.code == "M201"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"multipleBirthInteger: {{ value: {2**31} }}", "M309"),
        ("name: { value: [] }", "M309"),
        ("name: { value: [{}] }", "M309"),
        ("name: { value: [{ given: [] }] }", "M309"),
        ("maritalStatus: { value: {} }", "M309"),
        (f"multipleBirthInteger: {{ value: {'9' * 30} }}", "M309"),
        ("multipleBirthInteger: PID-25 as integer else 99999999999", "M312"),
        ("gender: { from: [[PID-8]] }", "M104"),
        ("birthDate: { from: PID-7 as date, when: [PID-7] }", "M104"),
        ("birthDate: { from: PID-7 as date, when: null }", "M104"),
    ],
)
def test_what_fhir_or_the_language_has_no_place_for_is_a_fault(tmp_path: Path, line: str, code: str) -> None:
    text = dedent(GOOD[PID]).replace("  gender: PID-8 via Sex else unknown\n", "")
    found = faults(tmp_path, **{PID: f"{text}  {line}\n"})
    assert code in {fault.code for fault in found}


def test_a_negative_integer_is_one(tmp_path: Path) -> None:
    load_mappings(write(tmp_path, GOOD | element("multipleBirthInteger: { value: -1 }")))
