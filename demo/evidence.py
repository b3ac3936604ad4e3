"""What the engine itself says of the feed: by the functions behind `engine reconcile`, `dead list` and `query`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from demo.chart import Chart, Result, read_chart, read_result
from demo.running import EngineFailed, RunningEngine
from demo.senders import CITY_HOSPITAL
from engine.alerts import memory, standing
from engine.alerts.memory import read_kept
from engine.alerts.standing import read_standing
from engine.bus.bus import Bus, read_topic
from engine.canonical.envelope import decode
from engine.canonical.resource import Resource
from engine.commands.dead.listing import as_row
from engine.commands.dead.selection import read_letters
from engine.config import Settings
from engine.loaders.evidence import take_account
from engine.loaders.reconcile import Account, Counts, total
from engine.loaders.warehouse import Reader
from engine.parts import open_bus, open_reader
from engine.transforms.transformer import GROUP

SETTLE_SECONDS = 60.0
PAUSE = 0.1
CRITICAL, NOTIFIABLE = "critical-results", "notifiable-48h"
"""Rules of which the feed has something."""
WATCHED = "watched.clinical"
ABOUT = "select body from current where subject = '{}'"

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert or a case that is to be notified: its rule, who sent it, the patient's name, the result."""

    rule: str
    facility: str
    patient: str
    result: Result


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answers: the account, dead letters, alerts, one patient's chart, and counters by name."""

    account: Account
    dead: Rows
    alerts: Sequence[Alert]
    chart: Chart
    counters: Mapping[str, float]

    @property
    def counts(self) -> Counts:
        """The account in one line."""
        return next((line.counts for line in total(self.account.lines)), Counts())


def gather(engine: RunningEngine, alerts: int) -> Evidence:
    """Wait until nothing is on its way and so many alerts were raised, then ask everything that the demo shows.

    Raises EngineFailed when that takes too long.
    """
    settings = Settings(home=engine.home)
    with open_bus(settings) as bus:
        reader = open_reader(settings)
        try:
            account = _settle(engine, bus, reader, alerts)
            return _ask(engine, account, bus, reader)
        finally:
            reader.close()


def _settle(engine: RunningEngine, bus: Bus, reader: Reader, alerts: int) -> Account:
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        account = take_account(bus, reader, GROUP)
        if not any(line.counts.in_flight for line in account.lines) and len(_alerts(bus)) >= alerts:
            return account
        time.sleep(PAUSE)
    raise EngineFailed(f"messages are still on their way after {SETTLE_SECONDS:g} s - see {engine.log}")


def _ask(engine: RunningEngine, account: Account, bus: Bus, reader: Reader) -> Evidence:
    events = _alerts(bus)
    charts = {event.origin.subject: _chart(reader, event.origin.subject) for _, event in events}
    shown = next(event.origin.subject for _, event in events if event.origin.facility == CITY_HOSPITAL.code)
    return Evidence(
        account=account,
        dead=[as_row(letter) for letter in read_letters(bus)],
        alerts=[
            Alert(rule, event.origin.facility, charts[event.origin.subject].name, read_result(event.body))
            for rule, event in events
        ],
        chart=charts[shown],
        counters=_counters(engine),
    )


def _alerts(bus: Bus) -> list[tuple[str, Resource]]:
    """Rule and event of each critical result and each case that is to be notified, by rule and facility."""
    alerts = [one.alert for one in read_standing(read_topic(bus, standing.TOPIC)).values()]
    told = [(CRITICAL, alert.evidence[0]) for alert in alerts if alert.rule == CRITICAL]
    for (rule, _), kept in read_kept(read_topic(bus, memory.TOPIC)).items():
        cases = (kept.state or {}).get("cases", {}) if rule == NOTIFIABLE else {}
        told += [(rule, min(one["event"] for one in case["evidence"].values())) for case in cases.values()]
    events = {record.text("ce_id"): record for record in read_topic(bus, WATCHED)} if told else {}
    return sorted(((rule, decode(events[one])) for rule, one in told), key=lambda one: (one[0], one[1].origin.facility))


def _chart(reader: Reader, subject: str) -> Chart:
    rows = reader.query(ABOUT.format(subject)).rows
    return read_chart(json.loads(body) if isinstance(body, str) else body for (body,) in rows)


def _counters(engine: RunningEngine) -> dict[str, float]:
    """Each counter summed over its labels."""
    totals: dict[str, float] = {}
    for family in text_string_to_metric_families(engine.page("/metrics").text):
        for sample in family.samples:
            totals[sample.name] = totals.get(sample.name, 0.0) + sample.value
    return totals
