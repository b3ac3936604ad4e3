"""Grafana's dashboards from deploy/grafana/dashboards.yaml: `python -m tools.dashboards` writes their JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent.parent / "deploy" / "grafana"
WRITTEN = FOLDER / "dashboards"
SCHEMA_VERSION = 39
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDE, HIGH, LOW = 24, 8, 4
"""Columns of the grid, and the rows that a panel takes, or a panel of one number."""
TYPES = {"stat": "stat", "time": "timeseries", "bars": "timeseries", "table": "table"}
GREEN, ORANGE, RED = "green", "orange", "red"

Json = dict[str, Any]


def read_dashboards() -> Mapping[str, Json]:
    """What the file declares, by the names of the JSON files."""
    declared: Json = yaml.safe_load((FOLDER / "dashboards.yaml").read_text("utf-8"))["dashboards"]
    return declared


def make_dashboard(name: str, told: Json) -> Json:
    """One dashboard as Grafana's classic model has it."""
    return {
        "uid": f"engine-{name}",
        "title": told["title"],
        "description": told["about"],
        "tags": ["engine"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_source_variable(), *map(_variable, told.get("variables", {}).items())]},
        "annotations": {"list": []},
        "links": [_links()],
        "panels": list(_panels(told["rows"])),
    }


def _panels(rows: Json) -> Iterator[Json]:
    number, top = 1, 0
    for title, panels in rows.items():
        yield _row(number, title, top)
        number, top, left, high = number + 1, top + 1, 0, 0
        for name, told in panels.items():
            wide = told.get("wide", WIDE // 2)
            if left + wide > WIDE:
                left, top, high = 0, top + high, 0
            place = {"x": left, "y": top, "w": wide, "h": LOW if told.get("kind") == "stat" else HIGH}
            yield _panel(number, name, told, place)
            number, left, high = number + 1, left + wide, max(high, place["h"])
        top += high


def _row(number: int, title: str, top: int) -> Json:
    place = {"x": 0, "y": top, "w": WIDE, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _panel(number: int, title: str, told: Json, place: Json) -> Json:
    kind = told.get("kind", "time")
    return {
        "id": number,
        "type": TYPES[kind],
        "title": title,
        "description": told["about"],
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": _defaults(kind, told), "overrides": []},
        "options": _options(kind),
        "transformations": [],
        "targets": [_target(at, kind, *pair) for at, pair in enumerate(told["ask"].items())],
    }


def _defaults(kind: str, told: Json) -> Json:
    found: Json = {"unit": told["unit"], "thresholds": _thresholds(told)}
    if kind in ("time", "bars"):
        found["min"] = 0
        found["custom"] = {
            "drawStyle": "bars" if kind == "bars" else "line",
            "fillOpacity": 60 if kind == "bars" else 10,
            "showPoints": "never",
            "stacking": {"mode": "normal" if told.get("stack") or kind == "bars" else "none", "group": "A"},
        }
    return found


def _thresholds(told: Json) -> Json:
    """Colours: none where a value is neither good nor bad."""
    steps: list[Json] = [{"color": GREEN}]
    if told.get("good") == "low":
        worse = [{"color": ORANGE, "value": told["warn"]}] if told["warn"] < told["worst"] else []
        steps = [{"color": GREEN}, *worse, {"color": RED, "value": told["worst"]}]
    if told.get("good") == "high":
        steps = [{"color": RED}, {"color": ORANGE, "value": told["warn"]}, {"color": GREEN, "value": told["best"]}]
    return {"mode": "absolute", "steps": steps}


def _options(kind: str) -> Json:
    if kind == "stat":
        return {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value"}
    if kind == "table":
        return {"showHeader": True}
    return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}


def _target(at: int, kind: str, legend: str, expression: str) -> Json:
    found = {"refId": chr(ord("A") + at), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
    return found | ({"format": "table", "instant": True} if kind == "table" else {"instant": False})


def _source_variable() -> Json:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0}


def _variable(pair: tuple[str, str]) -> Json:
    name, query = pair
    asked = {"query": query, "refId": name}
    told = {"name": name, "label": name.capitalize(), "type": "query", "datasource": SOURCE, "query": asked}
    return told | {"definition": query, "refresh": 2, "sort": 1, "hide": 0, "multi": False, "includeAll": False}


def _links() -> Json:
    told = {
        "title": "Engine",
        "type": "dashboards",
        "tags": ["engine"],
        "icon": "external link",
        "tooltip": "",
        "url": "",
    }
    return told | {"asDropdown": True, "targetBlank": False, "includeVars": False, "keepTime": True}


def texts() -> dict[Path, str]:
    """The text of each file."""
    made = {name: make_dashboard(name, told) for name, told in read_dashboards().items()}
    return {
        WRITTEN / f"{name}.json": json.dumps(one, indent=2, ensure_ascii=False) + "\n" for name, one in made.items()
    }


if __name__ == "__main__":
    for path, text in texts().items():
        path.write_text(text, "utf-8")
