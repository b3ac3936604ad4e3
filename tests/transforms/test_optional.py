"""Optional resources: made where the engine is asked for their type."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import Settings
from engine.language.fault import Faults
from engine.transforms.load import load_mappings, version_of
from tests.transforms.folders import send, write

FILES = {
    "standard/messages/ADT_A01.yaml": """
        message: ADT_A01
        events: [A01]
        resources:
          Patient: { from: PID, managingOrganization: Sender }
          Sender: { from: MSH, type: Organization, optional: true }
          Device: { from: SFT, optional: true, owner: Sender }
          groups:
            - group: VISIT
              begins: PV1
              resources:
                Basic: { from: PV1, optional: true }
    """,
    "standard/segments/PID.Patient.yaml": """
        segment: PID
        resource: Patient
        identity: { number: [patient-identifier] }
        elements: { gender: PID-8 }
    """,
    "standard/segments/MSH.Organization.yaml": """
        segment: MSH
        resource: Organization
        identity: { name: [MSH-4] }
        elements: { name: MSH-4 }
    """,
    "standard/segments/SFT.Device.yaml": """
        segment: SFT
        resource: Device
        identity: { number: [SFT-4] }
        elements: { lotNumber: SFT-4 }
    """,
    "standard/segments/PV1.Basic.yaml": """
        segment: PV1
        resource: Basic
        identity: { visit: [PV1-19] }
        elements: { code: { value: { text: history } } }
    """,
}
SEGMENTS = ("SFT|A|1|B|77", "PID|1||123", "PV1|1|I" + "|" * 17 + "V1")


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ((), ["Patient"]),
        (("Device",), ["Patient", "Device"]),
        (("Organization", "Basic"), ["Patient", "Organization", "Basic"]),
        (("all",), ["Patient", "Organization", "Device", "Basic"]),
        (None, ["Patient", "Organization", "Device", "Basic"]),
    ],
)
def test_optional_resource_is_made_where_its_type_is_asked_for(
    tmp_path: Path, asked: tuple[str, ...] | None, made: list[str]
) -> None:
    mappings = load_mappings(write(tmp_path, FILES), asked)
    done = send(mappings, *SEGMENTS)
    assert [one.type for one in done.resources] == made
    assert mappings.resource_types == set(made)
    patient = done.resources[0].body
    assert ("managingOrganization" in patient) == ("Organization" in made)


def test_version_tells_what_is_asked_for(tmp_path: Path) -> None:
    folder = write(tmp_path, FILES)
    asked = [load_mappings(folder, types).version for types in ((), ("Device",), ("Basic",), ("all",))]
    assert len(set(asked)) == 4
    assert asked[0] == version_of(folder) == load_mappings(folder).version
    assert load_mappings(folder, ("Basic", "Task")).version == load_mappings(folder, ("Task", "Basic")).version


def test_setting_is_one_word_or_a_list_of_types() -> None:
    assert Settings.model_validate({"optional_resources": "all"}).optional_resources == ("all",)
    assert Settings.model_validate({"optional_resources": ["Basic"]}).optional_resources == ("Basic",)


def test_type_that_fhir_lacks_cannot_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(Faults) as caught:
        load_mappings(write(tmp_path, FILES), ("Bsic",))
    assert str(caught.value.faults[0]) == (
        "optional_resources: FHIR has no resource 'Bsic'; did you mean 'Basic'? [C025]"
    )


def test_resource_is_not_named_by_an_optional_one(tmp_path: Path) -> None:
    named = FILES["standard/segments/PID.Patient.yaml"].replace("[patient-identifier]", "[Sender, PID-3]")
    with pytest.raises(Faults) as caught:
        load_mappings(write(tmp_path, FILES | {"standard/segments/PID.Patient.yaml": named}))
    assert [fault.code for fault in caught.value.faults] == ["M345"]


PRACTITIONER = """
    datatype: XCN
    type: Practitioner
    identity: { number: [.1] }
    display: .2
    optional: true
    elements: { identifier.value: .1 }
"""
DOCTOR = """
    segment: PID
    resource: Patient
    identity: { number: [PID-3] }
    elements: { generalPractitioner: PID-4 as XCN.Practitioner }
"""


@pytest.mark.parametrize(("asked", "made"), [((), ["Patient"]), (("Practitioner",), ["Patient", "Practitioner"])])
def test_optional_resource_of_a_field_leaves_its_words_where_nobody_asks_for_it(
    tmp_path: Path, asked: tuple[str, ...], made: list[str]
) -> None:
    files = {
        "standard/messages/ADT_A01.yaml": "{ message: ADT_A01, events: [A01], resources: { Patient: { from: PID } } }",
        "standard/segments/PID.Patient.yaml": DOCTOR,
        "standard/datatypes/XCN.Practitioner.yaml": PRACTITIONER,
    }
    resources = send(load_mappings(write(tmp_path, files), asked), "PID|||7|99^Lan").resources
    assert [one.type for one in resources] == made
    (referred,) = resources[0].body["generalPractitioner"]
    assert referred["display"] == "Lan"
    assert ("reference" in referred) == bool(asked)
