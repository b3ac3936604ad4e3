"""Commands about persons show who is one person without a number of theirs, and take decisions about it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer

from engine.bus.bus import read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.canonical import audit
from engine.commands.persons.decide import decide
from engine.commands.persons.listing import list_contradictions, list_shared
from engine.commands.persons.show import show_person
from engine.config import Settings
from engine.loaders.duckdb_warehouse import DuckdbWarehouse
from engine.parts import DUCKDB_FILE
from engine.persons.decision import TOPIC, decode
from tests.contract.warehouse_persons import decision, feeder, patient

NUMBER = "079092999011"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home where a, b and c have one number, b contradicts c, and d has none."""
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic(TOPIC, partitions=1)])
    with closing(DuckdbWarehouse(tmp_path / DUCKDB_FILE)) as warehouse:
        warehouse.migrate()
        work = feeder(warehouse)
        born = {"a": "", "b": "1980", "c": "1990", "d": ""}
        work.load(*(patient(raw, name, born[name], citizen=NUMBER) for raw, name in enumerate("abc")), patient(4, "d"))
        work.load(*(patient(raw, name, citizen="0" * 12) for raw, name in enumerate("xy", 5)))
        work.decide(decision(0, "c", "d", together=True))
    return Settings(home=tmp_path)


def listed(capsys: pytest.CaptureFixture[str]) -> Any:
    return orjson.loads(capsys.readouterr().out)


def test_person_is_shown_with_what_links_them(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_person(settings, "Patient/a", as_json=True) == 0
    shown = listed(capsys)
    assert [one["patient"] for one in shown["patients"]] == ["a", "b", "c", "d"]
    assert [(one["one"], one["other"], one["verdict"]) for one in shown["links"]] == [
        ("a", "b", "linked"),
        ("a", "c", "linked"),
        ("b", "c", "contradicted"),
    ]
    assert [(one["one"], one["other"], one["who"]) for one in shown["decisions"]] == [("c", "d", "anna")]


def test_person_is_shown_to_people_without_their_numbers(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_person(settings, "a", as_json=False) == 0
    shown = capsys.readouterr().out
    assert "4 patients" in shown
    assert NUMBER not in shown


def test_patient_that_is_not_there_is_said_so(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_person(settings, "nobody", as_json=True) == 1
    assert "no patient of this id" in capsys.readouterr().err


@pytest.mark.parametrize("identity", ["", "a'; drop table persons; --", "a b", "x" * 65])
def test_what_is_no_id_is_refused(settings: Settings, identity: str) -> None:
    with pytest.raises(typer.BadParameter):
        show_person(settings, identity, as_json=True)


def test_contradictions_are_listed_until_somebody_decides(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list_contradictions(settings, as_json=True) == 0
    (one,) = listed(capsys)
    assert (one["one"], one["other"], one["differs"], one["kind"]) == ("b", "c", "birth_date", "citizen")
    assert one["one_person"] is True
    with closing(DuckdbWarehouse(settings.home / DUCKDB_FILE)) as warehouse:
        feeder(warehouse).decide(decision(1, "b", "c", together=False))
    assert list_contradictions(settings, as_json=False) == 0
    assert "0 pairs" in capsys.readouterr().out


def test_numbers_that_join_nobody_are_listed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_shared(settings, as_json=True) == 0
    assert listed(capsys) == [
        {"kind": "citizen", "patients": 2, "facilities": 1, "a_facility": "79014", "a_patient": "x"}
    ]


def test_decision_is_published_and_written_to_the_audit_trail(settings: Settings) -> None:
    assert decide(settings, "d", "Patient/a", "same face", together=True) == 0
    with EmbeddedBus(settings.home / "bus") as bus:
        (record,) = read_topic(bus, TOPIC)
        deeds = [audit.describe(one) for one in read_topic(bus, audit.TOPIC)]
    choice, who, _, why = decode(record)
    assert (choice.one, choice.other, choice.together, why) == ("a", "d", True, "same face")
    assert [(one["event"], one["person"], one["reason"]) for one in deeds][1] == (
        "persons-decided",
        who,
        "d and a are one person: same face",
    )


@pytest.mark.parametrize(
    ("one", "other", "why"), [("a", "a", "x"), ("a", "nobody", "x"), ("a", "b", " "), ("a", "b", "x" * 201)]
)
def test_decision_that_says_nothing_is_refused(settings: Settings, one: str, other: str, why: str) -> None:
    with pytest.raises(typer.BadParameter):
        decide(settings, one, other, why, together=True)
