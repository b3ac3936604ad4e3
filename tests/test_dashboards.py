"""Grafana's dashboards: as the file declares them, as Grafana takes them, and every question answered by an engine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from tests.rig.engine_process import EngineProcess
from tests.rig.prometheus import Prometheus
from tests.rig.sender import StubbornSender
from tests.rig.visits import visits
from tools.dashboards import WRITTEN, texts

ROOT = Path(__file__).parent.parent
DASHBOARDS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text()) for path in WRITTEN.glob("*.json")}
PANELS = [
    (f"{name}: {panel['title']}", panel)
    for name, one in DASHBOARDS.items()
    for panel in one["panels"]
    if panel["type"] != "row"
]
ASKED = sorted({target["expr"] for _, panel in PANELS for target in panel["targets"]})
UNITS = {"short", "none", "s", "bytes", "mps", "percentunit", "bool_yes_no"}
"""Of Grafana's units those that are used: numbers, seconds, bytes, messages a second, parts of one, yes and no."""

QUICK = {"ENGINE_OBSERVING__LAG_EVERY": "1s", "ENGINE_RECONCILIATION__EVERY": "2s", "ENGINE_LAKE__EVERY": "1s"}
RULES = (ROOT / "deploy/prometheus/rules.yml").read_text()
NUMBER = {"type": "integer", "minimum": 0}
TEXT = {"type": "string", "minLength": 1}
SOURCE = {"const": {"type": "prometheus", "uid": "${datasource}"}}


def closed(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object that has these and nothing else."""
    properties = {**required, **optional}
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def many(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


PLACE = closed(
    {"x": {**NUMBER, "maximum": 23}, "y": NUMBER, "w": {"type": "integer", "minimum": 1, "maximum": 24}}
    | {"h": {"type": "integer", "minimum": 1}}
)
STEPS = many(closed({"color": TEXT}, value={"type": "number"}))
FIELD = closed(
    {"unit": {"enum": sorted(UNITS)}, "thresholds": closed({"mode": {"const": "absolute"}, "steps": STEPS})},
    min={"type": "number"},
    custom={"type": "object"},
)
TARGET = closed(
    {"refId": TEXT, "datasource": SOURCE, "expr": TEXT, "legendFormat": TEXT, "instant": {"type": "boolean"}},
    format={"const": "table"},
)
PANEL = closed(
    {
        "id": NUMBER,
        "type": {"enum": ["stat", "timeseries", "table"]},
        "title": TEXT,
        "description": TEXT,
        "datasource": SOURCE,
        "gridPos": PLACE,
        "fieldConfig": closed({"defaults": FIELD, "overrides": many({})}),
        "options": {"type": "object"},
        "transformations": many({}),
        "targets": {**many(TARGET), "minItems": 1},
    }
)
ROW = closed(
    {"id": NUMBER, "type": {"const": "row"}, "title": TEXT, "collapsed": {"type": "boolean"}, "gridPos": PLACE}
    | {"panels": many({})}
)
VARIABLE = closed(
    {"name": TEXT, "label": TEXT, "type": {"enum": ["datasource", "query"]}, "hide": {"enum": [0, 1, 2]}}
    | {"query": {"type": ["string", "object"]}},
    datasource=SOURCE,
    definition=TEXT,
    refresh={"enum": [0, 1, 2]},
    sort=NUMBER,
    multi={"type": "boolean"},
    includeAll={"type": "boolean"},
)
LINK = closed(
    {name: {"type": "string"} for name in ("title", "icon", "tooltip", "url")}
    | {name: {"type": "boolean"} for name in ("asDropdown", "targetBlank", "includeVars", "keepTime")}
    | {"type": {"enum": ["link", "dashboards"]}, "tags": many(TEXT)}
)
DASHBOARD = closed(
    {
        "uid": {"type": "string", "minLength": 8, "maxLength": 40},
        "title": TEXT,
        "description": TEXT,
        "tags": many(TEXT),
        "schemaVersion": {"type": "integer", "minimum": 36},
        "version": NUMBER,
        "editable": {"type": "boolean"},
        "graphTooltip": {"enum": [0, 1, 2]},
        "refresh": TEXT,
        "time": closed({"from": TEXT, "to": TEXT}),
        "timezone": {"enum": ["browser", "utc"]},
        "templating": closed({"list": many(VARIABLE)}),
        "annotations": closed({"list": many({})}),
        "links": many(LINK),
        "panels": many({"anyOf": [PANEL, ROW]}),
    }
)
"""What Grafana's own schema of a dashboard says (kinds/dashboard, the classic model), of the parts that are used."""


def test_files_are_as_they_are_declared() -> None:
    assert {path: path.read_text() for path in WRITTEN.glob("*.json")} == texts(), "run `python -m tools.dashboards`"


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_one_that_grafana_takes(name: str) -> None:
    assert [error.message for error in Draft202012Validator(DASHBOARD).iter_errors(DASHBOARDS[name])] == []


def test_the_schema_refuses_what_grafana_does_not_know() -> None:
    wrong = {**DASHBOARDS["overview"], "panel": []}
    assert not Draft202012Validator(DASHBOARD).is_valid(wrong)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_ids_differ_and_panels_do_not_overlap(name: str) -> None:
    panels = DASHBOARDS[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [panel["gridPos"] for panel in panels]
    assert all(one["x"] + one["w"] <= 24 for one in places)
    assert [pair for pair in combinations(places, 2) if overlap(*pair)] == []


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(one[at] < other[at] + other[size] and other[at] < one[at] + one[size] for at, size in ("xw", "yh"))


def test_no_two_dashboards_have_one_id_or_title() -> None:
    assert len({one["uid"] for one in DASHBOARDS.values()}) == len(DASHBOARDS)
    assert len({one["title"] for one in DASHBOARDS.values()}) == len(DASHBOARDS)
    assert set(DASHBOARDS) == {"overview", "facility", "pipeline", "alerts", "coverage", "surveillance"}


@pytest.mark.parametrize(("where", "panel"), PANELS, ids=[where for where, _ in PANELS])
def test_a_panel_is_described_in_a_sentence_and_asks_the_chosen_prometheus(where: str, panel: dict[str, Any]) -> None:
    assert re.fullmatch(r"[A-Z].*[^.]\.", panel["description"]), where
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def spoiled() -> tuple[str, bytes]:
    """A message that becomes a dead letter, as its date of birth is none."""
    _, payload = visits(1)[0]
    return "W0", payload.replace(b"|C0|", b"|W0|").replace(b"19800101", b"1980-XX")


def send(engine: EngineProcess, messages: Sequence[tuple[str, bytes]]) -> None:
    sender = StubbornSender(engine.port, messages)
    sender.start()
    sender.wait(60)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that watches an engine while messages come, one of which becomes a dead letter."""
    folder = tmp_path_factory.mktemp("dashboards")
    with EngineProcess(folder / "home", QUICK) as engine:
        watched = Prometheus(folder, f"127.0.0.1:{engine.metrics_port}", facilities=True, rules=RULES)
        with watched as running:
            running.wait_series("engine_facility_messages_received_total")
            send(engine, [*visits(10), spoiled()])
            running.wait_series("sum(engine_messages_received_total) > 10")
            send(engine, visits(20)[10:])
            running.wait_series("sum(engine_facility_messages_loaded_total) >= 10", 60)
            running.wait_series("engine_dead_letters_total")
            running.wait_series("rate(engine_messages_received_total[1m]) > 0")
            running.wait_series("engine_facility_loaded_timestamp_seconds")
            running.wait_series("engine_lake_rows_total", 60)
            yield running


@pytest.mark.parametrize("expression", ASKED)
def test_every_question_of_a_panel_has_an_answer(prometheus: Prometheus, expression: str) -> None:
    asked = expression.replace("$__rate_interval", "1m").replace("$facility", "79901")
    prometheus.wait_series(asked, 10)


def test_a_question_about_a_metric_that_is_not_there_has_none(prometheus: Prometheus) -> None:
    assert prometheus.query("sum(engine_messages_lost_total)") == []
