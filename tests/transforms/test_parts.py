"""Parts of resources: lines of a datatype mapping that fill the resource of the segment that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.language.fault import Faults
from engine.transforms.load import load_mappings
from tests.transforms.folders import send, write

MESSAGE = """
    message: ADT_A01
    events: [A01]
    resources: { Patient: { from: PID } }
"""
SEGMENT = """
    segment: PID
    resource: Patient
    identity: { number: [patient-identifier] }
    elements: { gender: PID-8, name.text: PID-9, communication.language.text: PID-15 }
    parts: %s
"""
PART = """
    datatype: XPN
    type: Patient
    elements:
      gender: .7
      language: .8 + "-" + .9
      address: { elements: { city: { from: .2.1, when: not (.3 = X or .3 valued and .4 valued) } } }
      telecom.value: . as text
      communication.language: { value: { text: none } }
"""


def folder(path: Path, parts: str, part: str = PART) -> Path:
    files = {"messages/ADT_A01": MESSAGE, "segments/PID.Patient": SEGMENT % parts, "datatypes/XPN.Patient": part}
    return write(path, {f"standard/{name}.yaml": text for name, text in files.items()})


def test_part_fills_the_resource_of_its_segment_with_what_stands_in_the_field(tmp_path: Path) -> None:
    mappings = load_mappings(folder(tmp_path, "[PID-5 as XPN.Patient]"))

    def made(field: str, sex: str = "") -> dict[str, object]:
        return send(mappings, f"PID|||7||{field}|||{sex}|N").resources[0].body

    first = made("a^b&c^d^^^^F^x^y")
    assert (first["gender"], first["language"]) == ("F", "x-y")
    assert (first["name"], first["address"]) == ([{"text": "N"}], [{"city": "b"}])
    assert first["telecom"] == [{"value": "a^b&c^d^^^^F^x^y"}]
    assert made("a^b^d^^^^F", "M")["gender"] == "M"
    assert "communication" not in first
    assert "address" not in made("a^b^X")
    assert "address" not in made("a^b^c^d")


@pytest.mark.parametrize(
    ("parts", "part", "code"),
    [
        ("[PID-5 as XPN.Pateint]", PART, "M314"),
        ("[PID-5 as XPN.Patient]", PART.replace("type: Patient", "type: Person"), "M347"),
        ("[PID-5 as]", PART, "M202"),
    ],
)
def test_what_is_no_part_of_the_resource_is_a_fault(tmp_path: Path, parts: str, part: str, code: str) -> None:
    with pytest.raises(Faults) as caught:
        load_mappings(folder(tmp_path, parts, part))
    assert code in {fault.code for fault in caught.value.faults}


def test_part_is_nothing_to_refer_to(tmp_path: Path) -> None:
    files = {
        "standard/segments/PID.Patient.yaml": (SEGMENT % "[]").replace(
            "gender: PID-8", "link.other: PID-5 as XPN.Patient"
        ),
    }
    write(folder(tmp_path, "[]"), files)
    with pytest.raises(Faults) as caught:
        load_mappings(tmp_path)
    assert "M326" in {fault.code for fault in caught.value.faults}
