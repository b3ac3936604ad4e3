"""`engine alerts lines`: the line list of cases that are to be notified, under keyed references."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import orjson
from rich.table import Table

from engine.alerts import decisions
from engine.alerts.alert import alert_id
from engine.alerts.carried import read_states
from engine.alerts.decisions import Decisions, read_decisions
from engine.alerts.kind import Line
from engine.alerts.load import load_rules
from engine.alerts.rule import Rule
from engine.bus.bus import Bus, read_topic
from engine.commands.alerts.listing import SHORT
from engine.commands.explain.shown import wide_console
from engine.commands.moment import shown
from engine.config import Settings
from engine.parts import now_us, open_bus, require_home

COLUMNS = ("due", "left", "disease", "basis", "diagnosed", "place", "facility", "notified", "alert")
HOUR_US = 3_600_000_000


def list_lines(settings: Settings, every: bool, place: str, as_json: bool) -> int:
    """Print the cases that nobody acknowledged as notified, or `every` one, those due first above."""
    require_home(settings)
    rules = load_rules(settings.mappings / "alerts")
    with open_bus(settings) as bus:
        rows = [row for row in read_lines(bus, settings, rules) if _takes(row, every, place)]
    rows.sort(key=lambda row: (row["due"], row["alert"]))
    if as_json:
        sys.stdout.write(orjson.dumps(rows).decode() + "\n")
        return 0
    table = Table(title=f"{len(rows)} cases", title_justify="left", box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(str(row[column]) for column in COLUMNS[:-1]), row["alert"][:SHORT])
    wide_console().print(table, markup=False)
    return 0


def read_lines(bus: Bus, settings: Settings, rules: tuple[Rule, ...]) -> Iterator[dict[str, Any]]:
    """The lines of all rules, as what the rules keep tells of them."""
    said = read_decisions(read_topic(bus, decisions.TOPIC))
    by_name = {rule.name: rule for rule in rules}
    for (name, key), kept in read_states(bus, settings.bus).items():
        rule = by_name.get(name)
        for line in rule.behavior.lines(kept.state) if rule and kept.state else ():
            since_us = kept.lives[line.case]["since"] if line.case in kept.lives else line.tell_us
            yield _row(name, line, alert_id(name, f"{key}/{line.case}", since_us), said)


def _row(rule: str, line: Line, alert: str, said: Decisions) -> dict[str, Any]:
    notified = said.acknowledged.get(alert)
    hours = (line.due_us - now_us()) / HOUR_US
    return {
        "rule": rule,
        "disease": line.disease,
        "basis": line.basis,
        "diagnosed": shown(line.diagnosed_us),
        "due": shown(line.due_us),
        "left": f"{hours:.0f} h" if hours >= 0 else f"{-hours:.0f} h over",
        "place": line.place,
        "facility": line.facility,
        "subject": line.subject,
        "notified": f"{shown(notified.at_us)} {notified.who}" if notified else "",
        "evidence": list(line.evidence),
        "alert": alert,
    }


def _takes(row: dict[str, Any], every: bool, place: str) -> bool:
    return (every or not row["notified"]) and (not place or row["place"] == place)
