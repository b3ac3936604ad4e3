"""S19: sealed, no topic and no dead letter is read from the disk; another key shows nothing; a destroyed one shreds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from engine.bus.bus import BusError
from engine.canonical import dead, raw
from engine.config import BusSettings
from tests.commands.letters import Home
from tests.test_sources import ROOT

CANARY = "NGUYENVAN"
"""What every message of the home says."""
OLD, NEW = f"2026-01: {'5e' * 32}\n", f"2026-02: {'8c' * 32}\n"
GOOD, STRANGE = ("ADT^A01^ADT_A01", "19800102"), ("ZZZ^Z99", "19800102")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "seal-keys"
    path.write_text(OLD)
    return path


@pytest.fixture
def home(tmp_path: Path, keys: Path) -> Home:
    """Two messages that were mapped and two dead letters, all sealed with the old key."""
    home = Home(tmp_path, bus=BusSettings(seal_keys=keys))
    home.keep(GOOD, STRANGE, GOOD, STRANGE)
    home.transform()
    return home


def in_clear(home: Home) -> set[str]:
    """The files of the bus that hold the canary."""
    files = [path for path in home.settings.home.rglob("*") if path.is_file()]
    assert {topic for topic in ("hl7.raw", "dead", "fhir.patient") if any(topic in file.name for file in files)} == {
        "hl7.raw",
        "dead",
        "fhir.patient",
    }
    return {file.name for file in files if CANARY.encode() in file.read_bytes()}


def letters(home: Home) -> list[str]:
    return [one["position"] for one in orjson.loads(called(home, "dead", "list", "--json").stdout)]


def called(home: Home, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as an operator calls it."""
    options = ["--config", str(home._config), "--home", str(home.settings.home)]
    command = [sys.executable, "-m", "engine", *words, *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_s19_no_topic_and_no_dead_letter_lies_in_clear(home: Home, tmp_path: Path) -> None:
    assert in_clear(home) == set()
    assert len(letters(home)) == 2
    assert CANARY in home.json("dead", "show", letters(home)[0], "--reveal")["message"]
    plain = Home(tmp_path / "plain")
    plain.keep(GOOD, STRANGE)
    plain.transform()
    assert in_clear(plain) >= {"hl7.raw.db", "dead.db"}


@pytest.mark.parametrize("other", [OLD.replace("5e", "5f"), NEW], ids=["same id", "other id"])
def test_s19_another_key_shows_nothing_and_says_what_to_do(home: Home, keys: Path, other: str) -> None:
    (position, _) = letters(home)
    keys.write_text(other)
    for words in (["dead", "list"], ["dead", "show", position, "--reveal"]):
        done = called(home, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.splitlines()[-1].endswith("or write `2026-01: shredded` if it was destroyed")
        assert "Traceback" not in done.stderr
        assert CANARY not in done.stderr
    for topic in (raw.TOPIC, dead.TOPIC, "fhir.patient"):
        with pytest.raises(BusError, match="2026-01: shredded"):
            home.read(topic)


def test_s19_a_destroyed_key_takes_its_messages_and_dead_letters_with_it_and_others_are_served(
    tmp_path: Path, home: Home, keys: Path
) -> None:
    old = letters(home)
    keys.write_text(f"{NEW}2026-01: shredded\n")
    assert (letters(home), home.read(raw.TOPIC)) == ([], [])
    home = Home(tmp_path, bus=BusSettings(seal_keys=keys))
    home.keep(STRANGE, GOOD)
    home.transform()
    (news,) = letters(home)
    assert news not in old
    assert CANARY in home.run("dead", "show", news, "--reveal").stdout
    assert len(home.read("fhir.patient")) == 1
    done = called(home, "dead", "show", old[0], "--reveal")
    assert done.returncode != 0
    assert CANARY not in done.stdout + done.stderr
    assert in_clear(home) == set()
