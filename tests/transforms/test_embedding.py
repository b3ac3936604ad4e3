"""Resources made from fields: who, where and which organization, each a resource of the message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.canonical.envelope import seal
from engine.canonical.identity import identify
from engine.canonical.resource import Resource, SharedBody
from engine.facilities.facility import Facility
from engine.transforms.explain import explain_message
from engine.transforms.lineage import lineage
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from engine.transforms.reads import reads_of
from tests.transforms.folders import FACILITY, HEAD, send, write

PRACTITIONER = """
    datatype: XCN
    type: Practitioner
    identity:
      number: [.1, .9.1 if valued]
      name: [.2.1, .3]
    display: .2.1 & .3
    elements:
      identifier.value: .1
      name.family: .2.1
      name.given: .3
      active: { value: true }
      birthDate: .21 as date
"""
FILES = {
    "standard/messages/ORU_R01.yaml": """
        message: ORU_R01
        events: [R01]
        resources:
          Patient: { from: PID }
          Observation[*]: { from: OBX, subject: Patient }
    """,
    "standard/segments/PID.Patient.yaml": """
        segment: PID
        resource: Patient
        identity: { number: [patient-identifier] }
        elements: { gender: PID-8, generalPractitioner: "PID-9[*] as XCN.Practitioner" }
    """,
    "standard/segments/OBX.Observation.yaml": """
        segment: OBX
        resource: Observation
        identity: { one: [Patient, OBX-3] }
        elements:
          status: { value: final }
          code.text: OBX-3 else unknown
          performer: OBX-16[*] as XCN.PractitionerRole & OBX-25[*] as XCN.Practitioner
          device: OBX-18 as EI.Device
    """,
    "standard/datatypes/XCN.Practitioner.yaml": PRACTITIONER,
    "standard/datatypes/XCN.PractitionerRole.yaml": """
        datatype: XCN
        type: PractitionerRole
        identity: { person: [.1, .9.1 if valued] }
        elements:
          practitioner: . as XCN.Practitioner
          organization: .9 as HD.Organization
    """,
    "standard/datatypes/HD.Organization.yaml": """
        datatype: HD
        type: Organization
        identity: { name: [.1] }
        elements: { name: .1 }
    """,
    "standard/datatypes/EI.Device.yaml": """
        datatype: EI
        type: Device
        identity: { number: [.1] }
        elements:
          identifier.value: .1
          patient: { refers: Patient }
          owner: .2 as HD.Organization
    """,
}
PID = "PID|1||123^^^BV^MR"


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> MappingSet:
    return load_mappings(write(tmp_path_factory.mktemp("embedding"), FILES))


def made(mappings: MappingSet, *segments: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in resources(mappings, *segments):
        found.setdefault(one.type, []).append(one.body)
    return found


def resources(mappings: MappingSet, *segments: str) -> tuple[Resource, ...]:
    done = send(mappings, *segments, event="ORU^R01^ORU_R01")
    assert done.refusal is None
    return done.resources


def test_field_makes_a_resource_and_a_reference_to_it(mappings: MappingSet) -> None:
    found = made(mappings, PID, "OBX|1||K" + "|" * 22 + "77^Lê^Minh^^^^^^SYT")
    (practitioner,), (observation,) = found["Practitioner"], found["Observation"]
    assert practitioner["name"] == [{"family": "Lê", "given": ["Minh"]}]
    assert practitioner["id"] == identify("Practitioner", FACILITY.code, ("number", "77", "SYT"))
    assert observation["performer"] == [{"reference": f"Practitioner/{practitioner['id']}", "display": "Lê Minh"}]


def test_resource_of_a_field_is_an_event_like_any_other(mappings: MappingSet) -> None:
    found = resources(mappings, PID + "||||||77^Lê^Minh")
    assert [(one.type, one.place, one.weak) for one in found] == [("Patient", 0, False), ("Practitioner", 1, False)]
    assert found[1].origin == found[0].origin
    assert mappings.resource_types == {
        *("Patient", "Observation", "Practitioner", "PractitionerRole", "Organization", "Device"),
    }


def test_resource_said_twice_is_one(mappings: MappingSet) -> None:
    found = made(mappings, PID + "||||||77^Lê~77^Lê", "OBX|1||K" + "|" * 22 + "77^Lê")
    assert len(found["Practitioner"]) == 1
    assert len(found["Patient"][0]["generalPractitioner"]) == 2


def test_first_value_wins_where_one_is_told_of_in_two_ways(mappings: MappingSet) -> None:
    more = "77^Trần" + "^" * 19 + "19800102"
    (practitioner,) = made(mappings, PID + "||||||77^Lê~" + more)["Practitioner"]
    assert (practitioner["name"], practitioner["birthDate"]) == ([{"family": "Lê"}], "1980-01-02")


def test_field_that_names_nothing_leaves_its_display(mappings: MappingSet) -> None:
    found = made(mappings, PID + "||||||^Lê~^")
    assert found["Patient"][0]["generalPractitioner"] == [{"display": "Lê"}]
    assert "Practitioner" not in found


def test_second_line_of_identity_counts_where_the_first_lacks_a_part(mappings: MappingSet) -> None:
    (practitioner,) = made(mappings, PID + "||||||^Lê^Minh")["Practitioner"]
    assert practitioner["id"] == identify("Practitioner", FACILITY.code, ("name", "Lê", "Minh"))


def test_resources_of_fields_nest(mappings: MappingSet) -> None:
    found = made(mappings, PID, "OBX|1||K" + "|" * 13 + "77^Lê^Minh^^^^^^SYT&1.2&ISO")
    (role,), (practitioner,), (organization,) = (
        found[one] for one in ("PractitionerRole", "Practitioner", "Organization")
    )
    assert role["practitioner"] == {"reference": f"Practitioner/{practitioner['id']}", "display": "Lê Minh"}
    assert role["organization"] == {"reference": f"Organization/{organization['id']}"}
    assert found["Observation"][0]["performer"] == [{"reference": f"PractitionerRole/{role['id']}"}]


def test_resource_of_a_field_refers_to_what_the_message_makes(mappings: MappingSet) -> None:
    found = made(mappings, PID, "OBX|1||K" + "|" * 15 + "M1^LAB")
    (device,) = found["Device"]
    assert device["patient"] == {"reference": f"Patient/{found['Patient'][0]['id']}"}
    assert device["owner"] == {"reference": f"Organization/{found['Organization'][0]['id']}"}


def test_component_erases_an_element_of_the_resource(mappings: MappingSet) -> None:
    practitioner = resources(mappings, PID + '||||||77^""')[1]
    assert practitioner.deleted == ("name",)


def test_value_at_fault_is_told_with_its_place(mappings: MappingSet) -> None:
    wrong = "77" + "^" * 20 + "no date"
    done = send(mappings, PID, "OBX|1||K", "OBX|2||K" + "|" * 22 + wrong, event="ORU^R01^ORU_R01")
    assert done.refusal
    assert done.refusal.where == "OBX[2]-25[*].21"


def test_id_is_another_at_another_facility(mappings: MappingSet) -> None:
    one = mappings.view("x").make("XCN.Practitioner", "77^Lê", Facility("x", "x"))
    other = mappings.view("y").make("XCN.Practitioner", "77^Lê", Facility("y", "y"))
    assert one
    assert other
    assert one["id"] != other["id"]


RULE = """
    message: ORU_R01
    events: [R01]
    resources:
      Patient: { from: PID }
      Practitioner[*]: { from: STF }
"""
STAFF = """
    segment: STF
    resource: Practitioner
    identity: { number: [STF-1.1] }
    elements: { name.family: STF-3.1 }
"""


def test_what_a_rule_makes_goes_before_what_a_field_tells(tmp_path: Path) -> None:
    numbered = PRACTITIONER.replace("[.1, .9.1 if valued]", "[.1]")
    files = {
        "standard/messages/ORU_R01.yaml": RULE,
        "standard/segments/STF.Practitioner.yaml": STAFF,
        "standard/datatypes/XCN.Practitioner.yaml": numbered,
    }
    found = made(load_mappings(write(tmp_path, FILES | files)), PID + "||||||77^Lê^Minh", "STF|77||Trần")
    (practitioner,) = found["Practitioner"]
    assert practitioner["name"] == [{"family": "Trần"}]
    assert practitioner["identifier"] == [{"value": "77"}]


def test_what_is_remembered_of_one_message_is_no_part_of_another(mappings: MappingSet) -> None:
    more = "77^Trần" + "^" * 19 + "19800102"
    first = made(mappings, PID + "||||||77^Lê")["Practitioner"]
    assert made(mappings, PID + "||||||77^Lê~" + more)["Practitioner"] != first
    assert made(mappings, PID + "||||||77^Lê")["Practitioner"] == first
    assert "Practitioner" not in made(mappings, PID)


def practitioners(mappings: MappingSet, *segments: str) -> list[Resource]:
    return [one for one in resources(mappings, *segments) if one.type == "Practitioner"]


def test_what_many_messages_tell_in_the_same_words_is_written_once(mappings: MappingSet) -> None:
    (one,), (other,) = (practitioners(mappings, PID + "||||||77^Lê") for _ in range(2))
    assert seal([one], one.origin)[0].value is seal([other], other.origin)[0].value
    assert isinstance(one.body, SharedBody)
    assert orjson.loads(one.body.text) == one.body


def test_two_ways_of_telling_of_one_resource_are_written_once_too(mappings: MappingSet) -> None:
    (one,), (other,) = (practitioners(mappings, PID + "||||||77^Lê~77^^Văn") for _ in range(2))
    assert isinstance(one.body, SharedBody)
    assert one.body is other.body


CODED = """
    datatype: XCN
    type: Practitioner
    identity: { number: [.1] }
    elements: { gender: .8 via Sex }
"""


def test_code_that_no_table_holds_is_noted_each_time(tmp_path: Path) -> None:
    files = {
        "standard/datatypes/XCN.Practitioner.yaml": CODED,
        "standard/tables/Sex.yaml": "{ table: Sex, codes: { F: female } }",
    }
    coded = load_mappings(write(tmp_path, FILES | files))
    for _ in range(2):
        done = send(coded, PID + "||||||77^^^^^^^W", event="ORU^R01^ORU_R01")
        assert done.unmapped == (("Sex", "W"),)


def test_explain_names_the_component_that_a_value_comes_from(mappings: MappingSet) -> None:
    traced = MappingSet(mappings.sources, mappings.version, traced=True)
    view = traced.view(FACILITY.code)
    mapping = view.match("ORU", "R01", "")
    assert mapping
    text = "\r".join((HEAD.format("ORU^R01^ORU_R01"), PID, "OBX|1||J", "OBX|2||K" + "|" * 13 + "77^Lê^^^^^^^SYT", ""))
    found = {one.key: one for one in explain_message(text, view, mapping, FACILITY)}
    practitioner = found["XCN.Practitioner"]
    assert practitioner.segment == "OBX[2]"
    fields = {value.element: value.fields for value in practitioner.values}
    assert fields["name[1].family"] == ("OBX[2]-16[*].2.1",)
    assert fields["id"] == ()
    assert {value.element: value.fields for value in found["HD.Organization"].values}["name"] == ("OBX[2]-16[*].9.1",)


def test_lines_and_reads_of_a_message_hold_what_its_fields_make(mappings: MappingSet) -> None:
    lines = {(one.resource, one.element, str(one.fields[0])) for one in lineage(mappings.sources) if one.fields}
    assert ("Practitioner", "name.family", "OBX-16[*].2.1") in lines
    assert ("Organization", "name", "OBX-16[*].9.1") in lines
    reads = reads_of(mappings.sources.messages[0], mappings.sources)
    assert {component for component in (1, 2, 3, 9, 21) if component in reads["OBX", 16].of(1)} == {1, 2, 3, 9, 21}
