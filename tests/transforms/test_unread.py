"""What no line reads: told to the subcomponent, and never something that a resource depends on."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.facilities.facility import Facility
from engine.hl7.message import parse
from engine.transforms.mapping_set import MappingSet, View
from engine.transforms.reads import reads_of
from engine.transforms.unread import unread
from tests.transforms.folders import HEAD, SHIPPED, patient, shipped

MESSAGES = sorted([*SHIPPED.rglob("samples/*.hl7"), *(Path(__file__).parents[1] / "messages").glob("*.hl7")])
CX = """
    datatype: CX
    type: Identifier
    elements:
      value: .1
      assigner.display: .4.2
      type.coding: .5 as CWE.Coding
"""
CWE = """
    datatype: CWE
    type: Coding
    elements: { code: .1, display: { from: .2 as text, when: .3 valued } }
"""


def found(mappings: MappingSet, *segments: str, facility: str = "79991") -> dict[str, str]:
    """What is unread in a message of these segments, MSH not counted."""
    message = parse("\r".join([HEAD.format("ADT^A01^ADT_A01"), *segments]) + "\r")
    view = mappings.view(facility)
    mapping = view.match("ADT", "A01", "")
    assert mapping
    places = unread(message, reads_of(mapping, view.sources))
    return {str(path): value for path, value in places if path.segment != "MSH"}


@pytest.mark.parametrize(
    ("elements", "segment", "places"),
    [
        ("language: PID-7", "PID|||||||a", {}),
        ("language: PID-7", "PID|||||||a^b&c", {"PID-7.2": "b&c"}),
        ("language: PID-7", "PID|||||||a&b", {"PID-7.1.2": "b"}),
        ("language: PID-7", "PID|||||||a~b~c", {"PID-7[2]": "c"}),
        ("language: PID-7 as text", "PID|||||||a&b^c", {}),
        ("language: PID-7.2", "PID|||||||a^b", {"PID-7.1": "a"}),
        ("language: PID-18.4.2", "PID||||||||||||||||||^^^a&b", {"PID-18.4.1": "a"}),
        ("language: PID-7[2]", "PID|||||||a~b~c", {"PID-7": "c"}),
        ('language: "PID-7[*]"', "PID|||||||a~b^c~d", {"PID-7.2": "c"}),
        ("language: { from: PID-7, when: PID-8 = x or PID-9 valued }", "PID|||||||a|b|c|d", {"PID-10": "d"}),
        ("language: { value: x, when: count(PID-7) > 1 }", "PID|||||||a", {}),
        ("language: PID-7", 'PID|""|^~&|  ||||a', {}),
        ("language: PID-7", "PID|1||||||a\rZZZ|x^y", {"PID-1": "1", "ZZZ-1": "x^y"}),
    ],
)
def test_places_are_told_to_the_subcomponent(
    tmp_path: Path, elements: str, segment: str, places: dict[str, str]
) -> None:
    assert found(patient(tmp_path, elements), *segment.split("\r")) == places


def test_datatype_mappings_read_what_their_lines_do_and_so_on_inside(tmp_path: Path) -> None:
    mappings = patient(
        tmp_path, "identifier: PID-4 as CX.Identifier", datatypes__CX_dot_Identifier=CX, datatypes__CWE_dot_Coding=CWE
    )
    places = found(mappings, "PID||||n^x^^a&b&c^1&2&3&4")
    assert places == {"PID-4.2": "x", "PID-4.4.1": "a", "PID-4.4.3": "c", "PID-4.5.4": "4"}


def test_a_datatype_mapping_over_a_component_reads_its_subcomponents(tmp_path: Path) -> None:
    mappings = patient(
        tmp_path, "identifier: PID-4.2 as CX.Identifier", datatypes__CX_dot_Identifier=CX, datatypes__CWE_dot_Coding=CWE
    )
    assert found(mappings, "PID||||n^v&x&&a&c") == {"PID-4.1": "n", "PID-4.2.2": "x"}


def test_the_number_that_names_the_patient_is_read(tmp_path: Path) -> None:
    places = found(patient(tmp_path, "language: PID-7"), "PID|||1^2^3^4&5^6~7^8")
    assert places == {"PID-3.2": "8", "PID-3.3": "3", "PID-3.4.2": "5"}


def test_the_overlay_of_the_facility_reads_too() -> None:
    local = "OBX|1|ST|K^Kali||4,1|mmol/L"
    assert "OBX-6" not in found(shipped(), local, facility="79902")


def bodies(view: View, text: str, facility: Facility) -> object:
    message = parse(text)
    mapping = view.match(message.code, message.event, message.structure)
    return mapping and view.run(mapping, text, facility)


@pytest.mark.parametrize("file", MESSAGES, ids=lambda file: file.stem)
@pytest.mark.parametrize("code", ["79991", "79902"])
def test_no_resource_depends_on_what_is_said_to_be_unread(file: Path, code: str) -> None:
    text = file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\r").replace("\n", "\r")
    message, view, facility = parse(text), shipped().view(code), Facility(code, code)
    mapping = view.match(message.code, message.event, message.structure)
    if mapping is None or message.faults:
        return  # a dead letter
    made = bodies(view, text, facility)
    for path, value in unread(message, reads_of(mapping, view.sources)):
        (segment, *_) = [one for one in message.of(path.segment) if value in one.field(path.field)]
        field = segment.field(path.field)
        other = segment.text.split(segment.delimiters.field)
        other[path.field - (path.segment == "MSH")] = _without(field, value)
        assert bodies(view, text.replace(segment.text, segment.delimiters.field.join(other)), facility) == made, str(
            path
        )


def _without(field: str, value: str) -> str:
    """The field with another text at the last place where the value stands."""
    before, _, after = field.rpartition(value)
    return f"{before}{'Q' * len(value)}{after}"
