from __future__ import annotations

from pathlib import Path

from engine.transforms.lineage import lineage
from tests.transforms.folders import shipped


def test_every_element_is_traced_to_its_field_and_line() -> None:
    lines = [one for one in lineage(shipped().sources) if (one.message, one.resource) == ("ADT_A01", "Encounter")]
    (start,) = [one for one in lines if one.element == "period.start"]
    assert (start.source, [str(path) for path in start.fields]) == ("PV1-44 as dateTime", ["PV1-44"])
    written = Path(start.mark.file).read_text("utf-8").splitlines()[start.mark.line - 1]
    assert "period.start" in written


def test_what_a_message_says_of_an_element_takes_the_place_of_its_segment() -> None:
    marks = {
        one.mark.file
        for one in lineage(shipped().sources)
        if (one.message, one.resource, one.element) == ("ADT_A03", "Encounter", "status")
    }
    assert [Path(file).name for file in marks] == ["ADT_A03.yaml"]


def test_segments_that_repeat_are_traced_too() -> None:
    elements = {one.element for one in lineage(shipped().sources) if one.resource == "Observation"}
    assert {"note.text", "valueQuantity.value", "code"} <= elements
