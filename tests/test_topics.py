"""Every topic of the engine is declared, and what would break one is a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.bus.topics_file import read_topics
from engine.config import Settings
from engine.config.settings import ROOT
from engine.language.gather import Gather
from engine.topics import all_topics, check_topics, latest_types

TYPES = ("Patient", "Observation")


def faults(folder: Path, text: str, **bus: object) -> list[tuple[str, int]]:
    (folder / "topics.yaml").write_text(text, "utf-8")
    gather = Gather()
    settings = Settings.model_validate({"bus": bus})
    check_topics(settings, read_topics(folder / "topics.yaml"), TYPES, ["alerts.a"], gather)
    return [(fault.code, fault.mark.line) for fault in gather.faults]


def test_every_topic_has_a_line_in_the_file_that_ships() -> None:
    declared = read_topics(ROOT / "mappings" / "topics.yaml")
    topics = all_topics(Settings(), declared, TYPES, ["watched.a"])
    assert [topic.name for topic in topics if not declared.pattern_of(topic.name)] == []
    assert all(entry.about.endswith(".") for entry in declared.entries.values())


def test_resources_as_they_are_now_have_a_topic_only_where_the_file_names_it(tmp_path: Path) -> None:
    file = tmp_path / "topics.yaml"
    for text, types in (("fhir.*", set()), ("fhir.patient.latest", {"Patient"}), ("fhir.*.latest", set(TYPES))):
        file.write_text(f"topics:\n  {text}: {{}}\n", "utf-8")
        declared = read_topics(file)
        assert latest_types(declared, TYPES) == types
        names = {topic.name for topic in all_topics(Settings(), declared, TYPES, ())}
        assert {name for name in names if name.endswith(".latest")} == {f"fhir.{one.lower()}.latest" for one in types}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("fhir.pateint: {}", "C042"),
        ("alerts.b: {}", "C042"),
        ("mappings: { partitions: 2 }", "C043"),
        ("audit: { partitions: 2 }", "C043"),
        ("hl7.raw: { compacted: true }", "C044"),
        ("fhir.*: { compacted: true }", "C044"),
        ("sequences: { partitions: 1 }", "C044"),
        ("fhir.patient.latest: {}", "C044"),
        ("dead: { min_insync: 2 }", "C045"),
        ("mappings: { retention: 9d }", "C046"),
    ],
)
def test_what_would_break_a_topic_is_a_fault_at_its_line(tmp_path: Path, line: str, code: str) -> None:
    assert set(faults(tmp_path, f"topics:\n  {line}\n")) == {(code, 2)}


@pytest.mark.parametrize(
    "line", ["alerts.*: { compacted: true, retention: 90d }", "hl7.raw: { partitions: 24 }", "dead: { min_insync: 2 }"]
)
def test_what_a_topic_may_be_is_none(tmp_path: Path, line: str) -> None:
    assert faults(tmp_path, f"topics:\n  {line}\n", replication=3) == []
