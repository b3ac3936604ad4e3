"""Explanations: each value with the field that it came from and the line that made it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.config.settings import ROOT
from engine.facilities.facility import Facility
from engine.hl7.message import parse
from engine.transforms.explain import Explained, ExplainedResource, explain_message
from engine.transforms.mapping_set import MappingSet
from tests.transforms.folders import shipped

SAMPLES = sorted((ROOT / "mappings" / "standard" / "messages" / "samples").glob("*.hl7"))
FACILITY = Facility("test", "test")
ADT = "MSH|^~\\&|HIS|1|||20260301080000||ADT^A01|1|P|2.5\rPID|1||7^^^A^MR~8||A^B~C||1980|{}\r"


@cache
def traced() -> MappingSet:
    return MappingSet(shipped().sources, "x", traced=True)


def explain(text: str) -> list[ExplainedResource]:
    message, view = parse(text), traced().standard
    mapping = view.match(message.code, message.event, message.structure)
    assert mapping
    return explain_message(text, view, mapping, FACILITY)


def values(text: str, key: str = "Patient", number: int = 0) -> dict[str, Explained]:
    made = [one for one in explain(text) if one.key == key]
    return {value.element: value for value in made[number].values}


def place(value: Explained) -> tuple[str, bool]:
    return Path(value.ways[-1].mark.file).name, value.ways[-1].is_default


def test_a_value_names_its_field_and_its_line() -> None:
    sex = values(ADT.format("M"))["gender"]
    assert (sex.value, sex.fields, place(sex)) == ("male", ("PID-8",), ("PID.Patient.yaml", False))


def test_a_default_says_that_it_is_one() -> None:
    sex = values(ADT.format(""))["gender"]
    assert (sex.value, place(sex)) == ("unknown", ("PID.Patient.yaml", True))


def test_a_value_inside_a_datatype_names_the_component_and_the_line_of_the_datatype_mapping() -> None:
    found = values(ADT.format("M"))
    assert found["identifier[1].value"].fields == ("PID-3[*].1",)
    assert place(found["identifier[1].value"]) == ("CX.Identifier.yaml", False)
    assert found["name[2].family"].value == "C"


def test_of_several_segments_the_one_is_named_that_made_the_resource() -> None:
    text = (ROOT / "mappings/standard/messages/samples/oru-r01.hl7").read_text("utf-8")
    count = sum(line.startswith("OBX") for line in text.splitlines())
    second = text.replace("OBX|1|", "OBX|1|ST|X^Y^99||one||||||F\rOBX|2|", 1)
    made = [one for one in explain(second) if one.key == "Observation"]
    assert [one.segment for one in made] == [f"OBX[{number + 1}]" for number in range(count + 1)]
    status = next(value for value in made[1].values if value.element == "status")
    assert status.fields == ("OBX[2]-11",)


def test_references_and_ids_follow_from_no_line() -> None:
    text = (ROOT / "mappings/standard/messages/samples/oru-r01.hl7").read_text("utf-8")
    assert values(text, "Observation")["subject.reference"].ways == ()
    assert values(text, "Patient")["id"].ways == ()


def leaves(body: Any) -> int:
    if isinstance(body, dict):
        return sum(leaves(one) for key, one in body.items() if key != "resourceType")
    return sum(leaves(one) for one in body) if isinstance(body, list) else 1


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_value_of_a_message_is_explained_and_none_differs_from_the_untraced_mapping(sample: Path) -> None:
    text = sample.read_text("utf-8").replace("\n", "\r")
    message, view = parse(text), shipped().standard
    mapping = view.match(message.code, message.event, message.structure)
    assert mapping
    plain = view.run(mapping, text, FACILITY)
    made = explain(text)
    assert [one.resource.body for one in made] == [one.body for one in plain]
    for one in made:
        assert len(one.values) == leaves(one.resource.body)
        unexplained = [value.element for value in one.values if not value.ways]
        assert [element for element in unexplained if element != "id" and ".reference" not in element] == []
