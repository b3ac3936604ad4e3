"""Backtests of outbreaks and feeds: from moves, histories and counts that stand on the bus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.alerts.surveillance.mover import Moving
from engine.bus.bus import Bus
from engine.bus.record import Record
from engine.canonical.feed import FeedTally
from engine.canonical.receipt import Outcome
from engine.cli import app
from engine.config import Settings
from engine.parts import declare_topics, now_us, open_bus
from tests.roles.test_alert_rules import diagnosis


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    settings = Settings(home=tmp_path)
    with open_bus(settings) as bus:
        bus.ensure(declare_topics(settings, (), ()))
        yield bus


def publish(bus: Bus, records: list[Record]) -> None:
    producer = bus.producer()
    producer.publish(records, lambda _error: None)
    producer.close()


def backtest(home: Path, rule: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["alerts", "backtest", rule, "--since", "7d", "--json", "--home", str(home)])
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_an_outbreak_is_found_in_moves(bus: Bus, tmp_path: Path) -> None:
    cases = [diagnosis(number, "27301" if number < 3 else "26740") for number in range(4)]
    publish(bus, Moving({"dengue": ("A97",)}, {}).take(cases)[0])
    assert [one["place"] for one in backtest(tmp_path, "dengue-outbreak")] == ["27301"]


def test_dead_letters_are_found_in_counts(bus: Bus, tmp_path: Path) -> None:
    tally, now = FeedTally("0a"), now_us()
    for number in range(60):
        facility, outcome = ("79901", Outcome.DEAD) if number % 2 else ("79902", Outcome.MAPPED)
        tally.add(facility, now, outcome, "VALUE", late=False, unmapped=0)
    publish(bus, tally.records(now))
    assert [one["facility"] for one in backtest(tmp_path, "feed-dead-letters")] == ["79901"]
