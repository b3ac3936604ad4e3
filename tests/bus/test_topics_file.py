from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from engine.bus.record import Topic
from engine.bus.topics_file import read_topics
from engine.language.fault import Faults


def written(folder: Path, text: str) -> Path:
    path = folder / "topics.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_topic_is_cut_as_the_line_says_that_says_most_of_its_name(tmp_path: Path) -> None:
    declared = read_topics(
        written(
            tmp_path,
            "topics:\n"
            "  fhir.*: { retention: 400d }\n"
            "  fhir.patient: { partitions: 24, min_insync: 2 }\n"
            "  '*.patient': { partitions: 3 }\n"
            "  fhir.*.latest: { compacted: true }\n",
        )
    )
    assert declared.declare(Topic("fhir.observation", 6)) == Topic("fhir.observation", 6, timedelta(days=400))
    assert declared.declare(Topic("fhir.patient", 6)) == Topic("fhir.patient", 24, min_insync=2)
    assert declared.declare(Topic("fhir.patient.latest", 6)).compacted
    assert declared.declare(Topic("dead", 6, replication=3)) == Topic("dead", 6, replication=3)


def test_without_a_file_nothing_is_said(tmp_path: Path) -> None:
    assert read_topics(tmp_path / "topics.yaml").declare(Topic("dead", 5)) == Topic("dead", 5)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("topics:\n  Alerts: {}\n", "C041", 2),
        ("topics:\n  dead: { partition: 3 }\n", "C002", 2),
        ("topics:\n  dead:\n    partitions: 0\n", "C003", 3),
        ("topics:\n  dead:\n    retention: soon\n", "C003", 3),
        ("topic: {}\n", "C002", 1),
    ],
)
def test_what_is_wrong_has_its_place(tmp_path: Path, text: str, code: str, line: int) -> None:
    with pytest.raises(Faults) as caught:
        read_topics(written(tmp_path, text))
    assert {(fault.code, fault.mark.line) for fault in caught.value.faults} == {(code, line)}
