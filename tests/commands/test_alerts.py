"""What people see of alerts, and decide about them; what they decide counts, and is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.alerts import decisions
from engine.alerts.load import load_rules
from engine.alerts.runner import Desk, publish
from engine.bus.bus import Bus, read_topic
from engine.canonical import audit, envelope
from engine.cli import app
from engine.commands.deeds import person
from engine.config import Settings
from engine.config.settings import ROOT
from engine.parts import declare_topics, now_us, open_bus
from tests.alerts.feed import TOPIC, Sent, resource_of

HOUR_US = 3_600_000_000
RULES = load_rules(ROOT / "mappings" / "alerts")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings = Settings(home=tmp_path)
    began = now_us() - 2 * HOUR_US
    sent = [
        Sent(0, began, "79901", "r0", "Observation", "final", 7.1),
        Sent(1, began + 1, "79902", "r1", "Observation", "final", 7.2),
        Sent(2, began + 2, "79901", "r0", "Observation", "corrected", 4.0),
        Sent(3, began + 3, "79901", "c0", "Condition", "B05.9"),
    ]
    with open_bus(settings) as bus:
        bus.ensure(declare_topics(settings, ("Observation", "Condition"), (TOPIC,)))
        producer = bus.producer()
        for resource in map(resource_of, sent):
            records = [envelope.encode(resource, topic) for topic in (envelope.topic_of(resource.type), TOPIC)]
            producer.publish(records, lambda _error: None)
        producer.close()
        work(bus, list(read_topic(bus, TOPIC)))
    return tmp_path


def work(bus: Bus, records: list[Any]) -> None:
    """What the runner does once."""
    desk, producer = Desk(bus, RULES, now_us()), bus.producer()
    desk.take(sorted(records, key=lambda one: one.text("ce_time")), now_us())
    publish(producer, desk.course.news())
    producer.close()


@pytest.fixture
def bus(home: Path) -> Iterator[Bus]:
    with open_bus(Settings(home=home)) as bus:
        yield bus


def said(home: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["alerts", *words, "--home", str(home)])
    assert done.exit_code == 0, done.output
    return done.stdout


def rows(home: Path, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(said(home, *words, "--json"))
    return found


def deeds(bus: Bus) -> list[tuple[str, str, str]]:
    told = [audit.describe(record) for record in read_topic(bus, audit.TOPIC)]
    return [(one["event"], one["person"], one["reason"]) for one in told if one["event"].startswith("alert")]


def test_alerts_that_fire_are_listed_and_those_that_ended_where_asked_for(home: Path) -> None:
    assert sorted(one["facility"] for one in rows(home, "list")) == ["79901", "79902"]
    assert len(rows(home, "list", "--all")) == 3
    assert [one["facility"] for one in rows(home, "list", "--rule", "critical-results")] == ["79902"]
    assert "2 alerts" in said(home, "list")


def test_an_alert_is_shown_without_what_its_message_says(home: Path) -> None:
    (alert,) = rows(home, "list", "--rule", "critical-results")
    shown = said(home, "show", alert["alert"][:8])
    assert "laboratory" in shown
    assert "7.2" not in shown
    assert json.loads(said(home, "show", alert["alert"], "--json")) == alert
    assert CliRunner().invoke(app, ["alerts", "show", "zz", "--home", str(home)]).exit_code == 2


def test_who_acknowledges_is_written_down_before_it_counts(home: Path, bus: Bus) -> None:
    (alert,) = rows(home, "list", "--rule", "critical-results")
    assert CliRunner().invoke(app, ["alerts", "acknowledge", alert["alert"], "--home", str(home)]).exit_code == 2
    said(home, "acknowledge", alert["alert"][:13], "--why", "called the ward")
    work(bus, [])
    (after,) = rows(home, "list", "--rule", "critical-results", "--all", "--facility", "79902")
    assert (after["status"], after["acknowledged"]) == ("resolved", f"{person()}: called the ward")
    assert deeds(bus) == [("alert-acknowledged", person(), f"{alert['alert']}: called the ward")]


def test_a_case_is_listed_with_its_deadline_until_it_is_acknowledged_as_notified(home: Path, bus: Bus) -> None:
    (line,) = rows(home, "lines")
    assert (line["disease"], line["basis"], line["left"]) == ("Sởi", "diagnosis", "22 h")
    assert "Sởi" in said(home, "lines")
    assert rows(home, "lines", "--place", "27301") == []
    said(home, "acknowledge", line["alert"], "--why", "reported to the portal")
    assert rows(home, "lines") == []
    (notified,) = rows(home, "lines", "--all")
    assert person() in notified["notified"]


def test_a_silence_says_who_and_why_and_can_be_ended(home: Path, bus: Bus) -> None:
    word = said(home, "silence", "--rule", "critical-results", "--for", "2h", "--why", "drill").split()[1]
    work(bus, [])
    assert [one["silenced"] for one in rows(home, "list", "--rule", "critical-results")] == [f"{person()}: drill"]
    said(home, "silence", "--end", word, "--why", "drill is over")
    work(bus, [])
    assert [one["silenced"] for one in rows(home, "list", "--rule", "critical-results")] == [""]
    assert CliRunner().invoke(app, ["alerts", "silence", "--why", "x", "--home", str(home)]).exit_code == 2
    assert [one[0] for one in deeds(bus)] == ["alerts-silenced", "alerts-silenced"]


def test_a_number_is_set_and_set_back(home: Path, bus: Bus) -> None:
    said(home, "set", "critical-results", "potassium.above", "6", "--why", "as the laboratory asked")
    found = decisions.read_decisions(read_topic(bus, decisions.TOPIC)).of_rule("critical-results")
    assert found == {"potassium.above": 6.0}
    assert f"potassium.above 6.5 set to 6 by {person()}" in said(home, "set")
    said(home, "set", "critical-results", "potassium.above", "--why", "trial is over")
    assert decisions.read_decisions(read_topic(bus, decisions.TOPIC)).settings == {}
    wrong = CliRunner().invoke(app, ["alerts", "set", "critical-results", "x", "6", "--why", "y", "--home", str(home)])
    assert wrong.exit_code == 2
    numberless = ["alerts", "set", "critical-results", "potassium.above", "inf", "--why", "y", "--home", str(home)]
    assert CliRunner().invoke(app, numberless).exit_code == 2


def test_a_backtest_says_when_a_rule_would_have_told_and_touches_nothing(home: Path, bus: Bus) -> None:
    before = {topic: bus.spans(topic) for topic in bus.topics()}
    found = rows(home, "backtest", "critical-results", "--since", "7d")
    assert [(one["facility"], bool(one["ended"]), one["escalated"]) for one in found] == [
        ("79901", True, 0),
        ("79902", False, 2),
    ]
    assert rows(home, "backtest", "critical-results", "--since", "1h") == []
    assert "2 alerts of 4 events" in said(home, "backtest", "critical-results")
    assert {topic: bus.spans(topic) for topic in bus.topics()} == before
