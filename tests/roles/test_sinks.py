"""What goes wrong beside sinks: a warehouse that does not have an event yet, and a sink that cannot begin."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry
from pydantic import TypeAdapter

from engine.alerts.sinks.sink import Away
from engine.bus.bus import BusError
from engine.config import AnySink, Settings
from engine.loaders.warehouse import Answer, Reader
from engine.observe.metrics import Metrics
from engine.roles.detail import WAIT, Details
from engine.roles.sinks import running_sinks

EVENT = "hl7.raw/0/12/1/0"


class Rows:
    """A warehouse with these bodies of events, and a time that a test moves."""

    def __init__(self) -> None:
        self.bodies: dict[str, str] = {}
        self.now = 0.0

    def query(self, sql: str, *_limits: float) -> Answer:
        assert sql.startswith("select body from history where raw_part = 0 and raw_offset = 12 and generation = 1")
        return Answer(("body",), [(one,) for one in self.bodies.values()], False)

    def close(self) -> None:
        """Nothing is open."""


def details(rows: Rows) -> Details:
    return Details(lambda: cast("Reader", rows), lambda: rows.now)


def found(asked: Details, evidence: Sequence[str] = (EVENT,)) -> list[Any]:
    return list(asked(evidence))


def test_an_event_that_is_not_in_the_warehouse_yet_is_waited_for() -> None:
    rows = Rows()
    asked = details(rows)
    with pytest.raises(Away, match="yet"):
        asked((EVENT,))
    rows.bodies[EVENT] = '{"resourceType":"Patient"}'
    assert found(asked) == [{"resourceType": "Patient"}]


def test_an_alert_passes_a_loader_that_stands_and_the_next_does_not_wait() -> None:
    rows = Rows()
    asked = details(rows)
    with pytest.raises(Away):
        asked((EVENT,))
    rows.now = WAIT
    assert found(asked) == found(asked) == []
    rows.bodies[EVENT] = "{}"
    assert found(asked) == [{}]
    rows.bodies.clear()
    with pytest.raises(Away):
        asked((EVENT,))


def test_evidence_that_names_no_event_of_a_message_is_told_without_detail() -> None:
    assert found(details(Rows()), ("p/1790000000000000/79901", "x")) == []


def test_a_sink_that_cannot_begin_ends_the_role(tmp_path: Path) -> None:
    sink: AnySink = TypeAdapter(AnySink).validate_python(
        {"kind": "alertmanager", "name": "ops", "url": "http://127.0.0.1:9"}
    )
    (tmp_path / "bus").write_text("no folder")
    settings, stop = Settings(home=tmp_path, sinks=(sink,)), threading.Event()
    with pytest.raises(BusError), running_sinks(settings, Metrics(CollectorRegistry()), stop):
        assert stop.wait(10)
