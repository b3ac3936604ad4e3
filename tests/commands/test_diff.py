"""`engine diff`: two sets of mappings over the same messages."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.canonical import raw
from engine.canonical.raw import Raw
from engine.cli import app
from engine.language.fault import Faults

ADMISSION = (
    "MSH|^~\\&|HIS|{0}|||20251001080000||ADT^A01^ADT_A01|C{1}|P|2.5\r"
    "PID|1||BN{1}^^^79991^PI||Nguyen^An||{2}|M\r"
    "PV1|1|I|K11||||||||||||||||V{1}\r"
)
NOON_US = 1_790_000_000_000_000
SMALL = Path(__file__).parents[2] / "benchmarks/small"
"""Mappings of an admission that are quickly read."""
OVERLAY = """
facility: "79902"
tables:
  AdministrativeSex: { "2": female }
"""
PID = "standard/segments/PID.Patient.yaml"
PV1 = "standard/segments/PV1.Encounter.yaml"
DATE = "birthDate: PID-7 as date"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    old = Path(shutil.copytree(SMALL, tmp_path / "old"))
    (old / "facilities").mkdir()
    (old / "facilities/79902.yaml").write_text(OVERLAY, "utf-8")
    return Path(shutil.copytree(old, tmp_path / "new"))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    messages = [ADMISSION.format("79991", number, "19800102") for number in range(1, 6)]
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.hl7").write_text("".join([*messages, ADMISSION.format("79991", 6, "31/12/1980")]))
    return tmp_path / "corpus"


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")


def diff(new: Path, *options: str) -> tuple[int, str]:
    """What is said of `new`, when the folder beside it is the old one."""
    done = CliRunner().invoke(app, ["diff", str(new.parent / "old"), str(new), *options])
    if isinstance(done.exception, Faults):
        raise done.exception
    return done.exit_code, done.output


def body(new: Path, *options: str) -> dict[str, Any]:
    code, output = diff(new, *options, "--json")
    made: dict[str, Any] = orjson.loads(output)
    assert code == (1 if made["changed"] else 0)
    return made


def rows(made: dict[str, Any]) -> dict[tuple[str, str, str], int]:
    return {(one["resource"], one["element"], one["kind"]): one["count"] for one in made["differences"]}


def test_the_same_set_differs_in_nothing(new: Path, corpus: Path) -> None:
    made = body(new, "--corpus", str(corpus))
    assert (made["messages"], made["changed"], made["differences"], made["dead"]) == (6, 0, [], [])
    assert made["old"] == made["new"]


def test_values_are_counted_by_element_with_masked_examples(new: Path, corpus: Path) -> None:
    edit(new, PID, DATE, "language: PID-7")
    edit(new, "standard/datatypes/XPN.HumanName.yaml", "family: .1.1", "family: .2")
    made = body(new, "--corpus", str(corpus), "--examples", "2")
    assert rows(made) == {
        ("Patient", "birthDate", "removed"): 5,
        ("Patient", "language", "added"): 5,
        ("Patient", "name.family", "changed"): 5,
    }
    family = next(one for one in made["differences"] if one["element"] == "name.family")
    file = corpus / "a.hl7"
    assert family["examples"] == [{"where": f"{file}:{one}", "old": "Xxxxxx", "new": "Xx"} for one in (1, 2)]


def test_values_are_shown_when_asked_for(new: Path, corpus: Path) -> None:
    edit(new, PID, DATE, "language: PID-7")
    assert "1980-01-02" not in diff(new, "--corpus", str(corpus))[1]
    assert "1980-01-02" in diff(new, "--corpus", str(corpus), "--show-values")[1]


def test_messages_that_become_dead_letters_or_are_so_no_longer_are_counted(new: Path, corpus: Path) -> None:
    edit(new, PID, DATE, "birthDate: PID-7 as dmy")
    made = body(new, "--corpus", str(corpus))
    file = corpus / "a.hl7"
    assert made["dead"] == [{"old": "VALUE PID-7", "new": "", "count": 1, "examples": [f"{file}:6"]}]
    assert "1 are dead letters no longer (VALUE PID-7)" in diff(new, "--corpus", str(corpus))[1]
    edit(new, PID, "PID-7 as dmy", "PID-3 as date")
    made = body(new, "--corpus", str(corpus))
    assert {(one["old"], one["new"]): one["count"] for one in made["dead"]} == {
        ("", "VALUE PID-3"): 5,
        ("VALUE PID-7", "VALUE PID-3"): 1,
    }


def test_a_change_of_ids_is_removed_and_added_and_a_note_says_so(new: Path, corpus: Path) -> None:
    edit(new, PV1, "visit: [PV1-19]", "stay: [PV1-19]")
    made = body(new, "--corpus", str(corpus))
    assert rows(made) == {("Encounter", "", "added"): 5, ("Encounter", "", "removed"): 5}
    assert made["renamed"] == {"Encounter": 5}
    assert "note: in 5 messages Encounter" in diff(new, "--corpus", str(corpus))[1]


def test_the_overlay_of_the_facility_counts(new: Path, corpus: Path) -> None:
    edit(new, "facilities/79902.yaml", '"2": female', '"2": female, M: other')
    assert body(new, "--corpus", str(corpus))["changed"] == 0
    assert rows(body(new, "--corpus", str(corpus), "--facility", "79902")) == {("Patient", "gender", "changed"): 5}


def test_what_an_engine_has_kept_is_compared(new: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with EmbeddedBus(home / "bus") as bus:
        bus.ensure([Topic(raw.TOPIC, partitions=2)])
        producer = bus.producer()
        payloads = [("79991", ADMISSION.format("x", 1, "19800102")), ("79902", ADMISSION.format("x", 2, "19800102"))]
        kept = [
            Raw("r", text.encode(), code, "s", "k", "ADT^A01", 1_790_000_000_000_000, "m") for code, text in payloads
        ]
        producer.publish([raw.encode(one) for one in kept], lambda _error: None)
        producer.close()
    edit(new, PID, DATE, "language: PID-7")
    made = body(new, "--raw", "--home", str(home))
    assert (made["messages"], made["changed"]) == (2, 2)
    assert made["differences"][0]["examples"][0]["where"].startswith("2026-09-21T14:13:20+00:00 hl7.raw/")
    assert body(new, "--raw", "--home", str(home), "--facility", "79902")["messages"] == 1


def test_faults_of_both_folders_are_told_before_anything_is_compared(new: Path, corpus: Path, tmp_path: Path) -> None:
    edit(new, PID, "AdministrativeSex", "Sexes")
    with pytest.raises(Faults, match="Sexes"):
        diff(new, "--corpus", str(corpus))
    with pytest.raises(Faults, match="holds no message mapping"):
        diff(tmp_path / "none", "--corpus", str(corpus))


def test_without_a_message_nothing_is_said_to_be_the_same(new: Path, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    with pytest.raises(Faults, match="no message"):
        diff(new, "--corpus", str(tmp_path / "bare"))


@pytest.mark.parametrize("options", [(), ("--raw", "--corpus", ".")])
def test_either_files_or_what_was_kept_must_be_named(new: Path, options: tuple[str, ...]) -> None:
    assert diff(new, *options)[0] == 2
