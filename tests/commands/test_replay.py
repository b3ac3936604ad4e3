"""Replays of some messages: which, in which order, what they would change, and where they go on."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.bus.pick import APART, runs
from engine.bus.record import Position
from engine.canonical import dead, receipt
from engine.commands.replay import replay as replaying
from engine.transforms.activation import read_activations
from engine.transforms.publishing import publish_all
from tests.commands.letters import DATE, HOUR_US, NOON_US, PID, Home

ADT = "ADT^A01^ADT_A01"
GOOD, BROKEN, STRANGE = (ADT, "19800102"), (ADT, "31/12/1980"), ("ZZZ^Z99", "19800102")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six messages of two senders and two hours, transformed and loaded."""
    folder = tmp_path_factory.mktemp("kept")
    home = Home(folder)
    home.keep(GOOD, GOOD, BROKEN, STRANGE)
    home.keep(GOOD, BROKEN, facility="79992", received_us=NOON_US + HOUR_US)
    home.transform()
    home.load()
    return folder


@pytest.fixture
def home(kept: Path, tmp_path: Path) -> Home:
    for name in ("home", "mappings"):
        shutil.copytree(kept / name, tmp_path / name)
    return Home(tmp_path)


def replayed(home: Home, *options: str) -> int:
    """How many messages a replay transformed again."""
    before = len(home.read(receipt.TOPIC))
    done = home.run("replay", *options)
    assert done.exit_code == 0, done.output
    return len(home.read(receipt.TOPIC)) - before


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ([], 6),
        (["--since", "2026-09-21T15:00"], 2),
        (["--until", "2026-09-21T15:00"], 4),
        (["--facility", "79992"], 2),
        (["--type", "ADT"], 5),
        (["--control-id", "C3"], 1),
        (["--reason", "VALUE"], 2),
        (["--reason", "VALUE", "--reason", "UNMATCHED", "--facility", "79991"], 2),
        (["--reason", "CHARSET"], 0),
    ],
)
def test_a_replay_is_of_what_every_filter_takes(home: Home, options: list[str], count: int) -> None:
    assert replayed(home, *options) == count


def test_a_replay_by_version_is_of_what_that_version_was_the_last_to_transform(home: Home) -> None:
    with home.bus() as bus:
        (first,) = read_activations(bus)
    home.edit(PID, DATE, "language: PID-7")
    assert replayed(home, "--facility", "79992") == 2
    assert replayed(home, "--mappings-version", first.version) == 4
    assert replayed(home, "--mappings-version", first.version) == 0
    assert home.run("replay", "--mappings-version", "none").exit_code == 2


def test_letters_whose_messages_pass_are_done_with_and_the_others_stay_as_they_are(home: Home) -> None:
    home.edit(PID, DATE, "language: PID-7")
    before = len(home.read(dead.TOPIC))
    replayed(home)
    assert [one["reason"] for one in home.json("dead", "list")] == ["UNMATCHED"]
    assert len(home.read(dead.TOPIC)) == before
    assert home.events() == ["recording-started", "replayed"]
    assert all(str(one.origin.raw).startswith("hl7.raw/") for made in home.receipts().values() for one in made)


def test_a_message_that_passed_once_and_fails_again_has_a_letter_again(home: Home) -> None:
    home.edit(PID, DATE, "language: PID-7")
    replayed(home, "--reason", "VALUE")
    home.edit(PID, "language: PID-7", DATE)
    replayed(home, "--facility", "79992")
    assert [one["facility"] for one in home.json("dead", "list", "--reason", "VALUE")] == ["79992"]


def test_a_dry_run_shows_what_would_change_in_the_warehouse_and_changes_nothing(home: Home) -> None:
    home.edit(PID, "gender: PID-8 via Sex else unknown", "gender: PID-9 via Sex else unknown")
    home.edit(PID, DATE, "language: PID-7")
    before = home.read(receipt.TOPIC), home.events(), len(home.read("mappings"))
    done = home.run("replay", "--dry-run", "--json")
    assert done.exit_code == 1
    shown = orjson.loads(done.output)
    assert (shown["messages"], shown["changed"], shown["aside"]) == (6, 5, {})
    changed = {(one["element"], one["kind"]): one["count"] for one in shown["differences"]}
    assert changed["birthDate", "removed"] == 3
    assert changed["gender", "changed"] == 3
    assert [(one["old"], one["new"], one["count"]) for one in shown["dead"]] == [("VALUE PID-7", "", 2)]
    assert "19800102" not in done.output
    assert (home.read(receipt.TOPIC), home.events(), len(home.read("mappings"))) == before


def test_a_dry_run_with_the_mappings_that_made_it_changes_nothing(home: Home) -> None:
    shown = home.json("replay", "--dry-run")
    assert (shown["messages"], shown["changed"]) == (6, 0)
    assert home.run("replay", "--dry-run").exit_code == 0


def test_a_dry_run_tells_of_what_cannot_be_compared(home: Home) -> None:
    home.keep(GOOD)
    shown = home.json("replay", "--dry-run")
    assert (shown["messages"], shown["aside"]) == (6, {"are not loaded yet": 1})


def test_a_replay_that_is_interrupted_says_where_to_go_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "BATCH", 2)

    def interrupted(*published: Any) -> None:
        publish_all(*published)
        signal.raise_signal(signal.SIGINT)

    before = len(home.read(receipt.TOPIC))
    monkeypatch.setattr(f"{replaying.__name__}.publish_all", interrupted)
    done = home.run("replay")
    monkeypatch.undo()
    assert done.exit_code == 130
    assert len(home.read(receipt.TOPIC)) == before + 2
    *_, start = done.output.split()
    assert replayed(home, "--from", start) == 4
    assert sorted(len(made) for made in home.receipts().values()) == [2] * 6


def test_messages_of_a_replay_are_published_in_the_order_of_their_raw_records(home: Home) -> None:
    for number in range(20):
        home.keep(GOOD if number % 2 else BROKEN)
    home.transform()
    before = len(home.read(receipt.TOPIC))
    assert replayed(home) == before
    told: dict[int, list[Position]] = {}
    for one in home.read(receipt.TOPIC):
        told.setdefault(one.partition, []).append(receipt.decode(one).origin.raw)
    again = [positions[len(positions) // 2 :] for positions in told.values()]
    assert again == [sorted(positions) for positions in again]


def test_records_near_each_other_are_read_in_one_go() -> None:
    found = [Position("t", 0, 1), Position("t", 0, 1 + APART), Position("t", 0, 2 + 2 * APART), Position("t", 1, 3)]
    assert [len(run) for run in runs(found)] == [2, 1, 1]
    assert list(runs([])) == []
