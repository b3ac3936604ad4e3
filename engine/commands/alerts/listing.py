"""`engine alerts list` and `show`: alerts as they stand, without what any message says."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import typer
from rich.table import Table

from engine.alerts import standing
from engine.alerts.alert import Status
from engine.alerts.standing import Standing, read_standing
from engine.bus.bus import Bus, read_topic
from engine.commands.explain.shown import wide_console
from engine.commands.moment import shown
from engine.config import Settings
from engine.parts import open_bus, require_home

COLUMNS = ("started", "rule", "severity", "status", "facility", "place", "acknowledged", "silenced", "alert")
SHORT = 13
"""Characters of an id that tell alerts apart; any beginning that does will do."""


def list_alerts(settings: Settings, every: bool, rule: str, facility: str, as_json: bool) -> int:
    """Print the alerts that fire, or `every` one, oldest first."""
    require_home(settings)
    with open_bus(settings) as bus:
        found = read_alerts(bus).values()
    chosen = [one for one in found if _takes(one, every, rule, facility)]
    chosen.sort(key=lambda one: (one.alert.started_us, one.alert.id))
    if as_json:
        sys.stdout.write(orjson.dumps([as_row(one) for one in chosen]).decode() + "\n")
    else:
        _print(chosen)
    return 0


def show_alert(settings: Settings, begins: str, as_json: bool) -> int:
    """Print all that is known of one alert."""
    require_home(settings)
    with open_bus(settings) as bus:
        found = read_alerts(bus)
    row = as_row(found[choose(begins, found)])
    if as_json:
        sys.stdout.write(orjson.dumps(row).decode() + "\n")
        return 0
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in row.items():
        table.add_row(name, _said(value))
    wide_console().print(table, markup=False)
    return 0


def read_alerts(bus: Bus) -> dict[str, Standing]:
    """The alerts of a bus by their ids."""
    return read_standing(read_topic(bus, standing.TOPIC))


def choose(begins: str, known: Iterable[str]) -> str:
    """The one id that begins so; raises typer.BadParameter where there is none or are several."""
    found = [one for one in known if one.startswith(begins)]
    if len(found) != 1 or not begins:
        what = "begins the ids of several alerts" if found and begins else "is the id of no alert"
        raise typer.BadParameter(f"{begins!r} {what} - take one from `engine alerts list --all` or `lines`")
    return found[0]


def as_row(one: Standing) -> dict[str, Any]:
    """What is said of an alert, by name."""
    alert = one.alert
    return {
        "alert": alert.id,
        "rule": alert.rule,
        "severity": alert.severity,
        "status": alert.status,
        "summary": alert.summary,
        "started": shown(alert.started_us),
        "ended": shown(alert.ended_us) if alert.ended_us is not None else "",
        "facility": alert.facility,
        "place": alert.place,
        "subject": alert.subject,
        "labels": dict(alert.labels),
        "acknowledged": f"{one.acknowledged.who}: {one.acknowledged.why}" if one.acknowledged else "",
        "silenced": f"{one.silenced.who}: {one.silenced.why}" if one.silenced else "quiet" if one.quiet else "",
        "escalated": one.escalated,
        "targets": list(one.targets),
        "evidence": list(alert.evidence),
        "run_book": alert.run_book,
    }


def _takes(one: Standing, every: bool, rule: str, facility: str) -> bool:
    asked = ((rule, one.alert.rule), (facility, one.alert.facility))
    return (every or one.alert.status is Status.FIRING) and all(not want or want == has for want, has in asked)


def _print(found: list[Standing]) -> None:
    table = Table(title=f"{len(found)} alerts", title_justify="left", box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for one in found:
        row: Mapping[str, Any] = as_row(one) | {"alert": one.alert.id[:SHORT]}
        table.add_row(*(_said(row[column]) for column in COLUMNS))
    wide_console().print(table, markup=False)


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
