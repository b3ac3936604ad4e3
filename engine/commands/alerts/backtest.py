"""`engine alerts backtest`: when a rule would have told somebody, from the events of the bus; it touches nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson
import typer
from rich.table import Table

from engine.alerts.course import Course
from engine.alerts.event import Event, Persons, read_event
from engine.alerts.load import load_rules
from engine.alerts.rule import Rule
from engine.alerts.standing import Standing
from engine.alerts.surveillance.records import BASELINE_TYPE, BASELINES, MOVE_TYPE
from engine.bus.bus import Bus, read_topic
from engine.canonical import feed
from engine.canonical.envelope import is_latest, received_us, topic_of
from engine.commands.check_alerts import OWN
from engine.commands.explain.shown import wide_console
from engine.commands.moment import read_moment, shown
from engine.config import Settings
from engine.language.fault import nearest
from engine.parts import now_us, open_bus, require_home
from engine.routes.load import load_routes
from engine.routes.router import Router

OWN_TYPES = (feed.TYPE, MOVE_TYPE, BASELINE_TYPE)
"""Of events that come of no message."""
COLUMNS = ("started", "ended", "facility", "place", "escalated", "evidence")


def backtest(settings: Settings, name: str, since: str, as_json: bool) -> int:
    """Print the alerts that a rule, as its file has it now, would have raised since a time, by the routes as they are.

    Nobody would have acknowledged any of them. The rule begins without a state, so that a correction of what came
    before counts as if it were the first word.
    """
    require_home(settings)
    rules = {rule.name: rule for rule in load_rules(settings.mappings / "alerts")}
    if name not in rules:
        raise typer.BadParameter(f"there is no rule {name!r} - {nearest(name, rules) or 'see mappings/alerts'}")
    router, now = load_routes(settings.mappings / "routes"), now_us()
    with open_bus(settings) as bus:
        events = sorted(_history(bus, rules[name], router, read_moment(since, now)), key=_order)
    found = sorted(run_back(rules[name], events, now).values(), key=lambda one: one.alert.started_us)
    if as_json:
        sys.stdout.write(orjson.dumps([_row(one) for one in found]).decode() + "\n")
        return 0
    table = Table(title=f"{len(found)} alerts of {len(events)} events", title_justify="left", box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for one in found:
        row = _row(one)
        table.add_row(*(str(row[column]) for column in COLUMNS))
    wide_console().print(table, markup=False)
    return 0


def run_back(rule: Rule, events: list[Event], now: int) -> dict[str, Standing]:
    """The alerts of a rule over events in order, with the clock at each when it was received, and at last at `now`."""
    course, persons = Course([rule], keep_us=now), Persons()
    for event in events:
        course.pass_time(event.received_us)
        course.take(persons.complete(event), None, event.received_us)
    course.pass_time(now)
    return course.standing


def _history(bus: Bus, rule: Rule, router: Router, since_us: int) -> Iterator[Event]:
    """The events that the routes would send to the rule, each once."""
    seen: set[str] = set()
    for topic in sorted(bus.topics()):
        own = topic in OWN and topic in rule.topics
        if not (own or topic.startswith(topic_of(""))) or is_latest(topic):
            continue
        for record in read_topic(bus, topic):
            if record.text("ce_id") in seen:
                continue
            with suppress(KeyError, ValueError):
                if topic != BASELINES and received_us(record) < since_us:
                    continue
                event = read_event(record)
                if topic in rule.topics or not set(rule.topics).isdisjoint(router.matching(event.body)):
                    seen.add(event.id)
                    yield event


def _order(event: Event) -> tuple[int, str, int, int]:
    if event.type in OWN_TYPES:
        return event.received_us, event.version, 0, 0
    raw, generation, place = event.id.rsplit("/", 2)
    return event.received_us, raw, int(generation), int(place)


def _row(one: Standing) -> dict[str, Any]:
    alert = one.alert
    return {
        "started": shown(alert.started_us),
        "ended": shown(alert.ended_us) if alert.ended_us is not None else "",
        "facility": alert.facility,
        "place": alert.place,
        "subject": alert.subject,
        "escalated": one.escalated,
        "evidence": ", ".join(alert.evidence),
    }
