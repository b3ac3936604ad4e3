"""A text that goes over several segments is one text."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from engine.language.fault import Faults
from engine.transforms.load import load_mappings
from tests.transforms.folders import send, write

FILES = {
    "standard/messages/MDM_T02.yaml": """
        message: MDM_T02
        events: [T02]
        resources:
          DocumentReference:
            from: TXA
            also:
              - { from: "OBX[*]", lines: OBX-5, when: OBX-2 != ED }
              - { from: "NTE.DocumentReference-Note[*]", lines: NTE-3 }
          groups: [{ group: OBSERVATION, begins: OBX, resources: {} }]
    """,
    "standard/segments/TXA.DocumentReference.yaml": """
        segment: TXA
        resource: DocumentReference
        identity: { document: [TXA-12] }
        elements:
          status: { value: current }
          content: { value: { attachment: { title: none } }, inferred: true }
    """,
    "standard/segments/OBX.DocumentReference.yaml": """
        segment: OBX
        resource: DocumentReference
        elements:
          content.attachment.title: OBX-3.2
          content.attachment.data: "OBX-5[*] as encoded"
    """,
    "standard/segments/NTE.DocumentReference-Note.yaml": """
        segment: NTE
        resource: DocumentReference
        elements: { description: { from: "NTE-3[*] as text", when: NTE-3 valued } }
    """,
}
TXA = "TXA|1|DS||||||||||T1"


def document(folder: Path, *segments: str) -> dict[str, Any]:
    done = send(load_mappings(write(folder, FILES)), TXA, *segments, event="MDM^T02^MDM_T02")
    assert done.refusal is None, done.refusal
    (found,) = done.resources
    return found.body


def text_of(content: dict[str, Any]) -> str:
    return b64decode(content["attachment"]["data"]).decode()


def test_segments_of_a_text_are_its_lines(tmp_path: Path) -> None:
    body = document(tmp_path, "OBX|1|TX|A^One||a~b", "OBX|2|ED|B^Two||x", "OBX|3|TX|C^Three||c  ~~d", "OBX|4|TX|D")
    (content,) = body["content"]
    assert content["attachment"]["title"] == "One"
    assert text_of(content) == "a\nb\nc\n\nd"


def test_line_keeps_what_stands_before_it_and_its_delimiters(tmp_path: Path) -> None:
    (content,) = document(tmp_path, "OBX|1|TX|A||Head", r"OBX|2|TX|A||  HA 120^80 \T\ more\.br\next")["content"]
    assert text_of(content) == "Head\n  HA 120^80 & more\nnext"


def test_null_is_an_empty_line(tmp_path: Path) -> None:
    (content,) = document(tmp_path, "OBX|1|TX|A||a", 'OBX|2|TX|A||""', "OBX|3|TX|A||b")["content"]
    assert text_of(content) == "a\n\nb"


def test_no_segments_give_no_text(tmp_path: Path) -> None:
    assert document(tmp_path)["content"] == [{"attachment": {"title": "none"}}]


def test_remark_behind_a_segment_that_begins_a_group_is_one_of_the_document(tmp_path: Path) -> None:
    assert document(tmp_path, "OBX|1|TX|A||a", "NTE|1||one", "NTE|2||two")["description"] == "one\ntwo"


@pytest.mark.parametrize("lines", ["NTE-3", "OBX", "OBX-5.1", "x"])
def test_lines_of_what_does_not_repeat_are_a_fault(tmp_path: Path, lines: str) -> None:
    name = "standard/messages/MDM_T02.yaml"
    with pytest.raises(Faults) as caught:
        load_mappings(write(tmp_path, FILES | {name: FILES[name].replace("lines: OBX-5", f"lines: {lines}")}))
    assert [fault.code for fault in caught.value.faults] == ["M113"]
