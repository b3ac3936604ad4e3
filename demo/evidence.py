"""What the engine itself says of the feed: by the functions behind `engine reconcile`, `dead list` and `query`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from demo.chart import Body, Chart, Result, read_chart, read_result
from demo.running import EngineFailed, RunningEngine
from demo.senders import CITY_HOSPITAL
from engine.bus.bus import Bus
from engine.commands.dead import read_letters
from engine.config import Settings
from engine.loaders.evidence import take_account
from engine.loaders.reconcile import Account, Counts, total
from engine.loaders.warehouse import Reader
from engine.parts import open_bus, open_reader
from engine.transforms.transformer import GROUP

SETTLE_SECONDS = 60.0
PAUSE = 0.1
ALERTS = "engine_alerts_total"
CRITICAL = """
    select facility, subject, body from current
    where resource_type = 'Observation' and cast(body as varchar) like '%"code":"HH"%'
    order by facility
"""
ABOUT = "select body from current where subject = '{}'"

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answers: the account, dead letters, critical results, one patient's chart, and counters by name."""

    account: Account
    dead: Rows
    critical: Sequence[tuple[str, str, Result]]
    """Facility, patient and result of each."""
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
        if not any(line.counts.in_flight for line in account.lines) and _counters(engine)[ALERTS] >= alerts:
            return account
        time.sleep(PAUSE)
    raise EngineFailed(f"messages are still on their way after {SETTLE_SECONDS:g} s - see {engine.log}")


def _ask(engine: RunningEngine, account: Account, bus: Bus, reader: Reader) -> Evidence:
    found = [(row["facility"], row["subject"], read_body(row)) for row in _query(reader, CRITICAL)]
    charts = {subject: _chart(reader, subject) for _, subject, _ in found}
    shown = next(subject for facility, subject, _ in found if facility == CITY_HOSPITAL.code)
    return Evidence(
        account=account,
        dead=list(read_letters(bus)),
        critical=[(facility, charts[subject].name, read_result(body)) for facility, subject, body in found],
        chart=charts[shown],
        counters=_counters(engine),
    )


def _query(reader: Reader, sql: str) -> Rows:
    answer = reader.query(sql)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def _chart(reader: Reader, subject: str) -> Chart:
    return read_chart(read_body(row) for row in _query(reader, ABOUT.format(subject)))


def read_body(row: Mapping[str, Any]) -> Body:
    """The FHIR resource in a row."""
    body: Body = json.loads(row["body"]) if isinstance(row["body"], str) else row["body"]
    return body


def _counters(engine: RunningEngine) -> dict[str, float]:
    """Each counter summed over its labels."""
    totals: dict[str, float] = {ALERTS: 0.0}
    for family in text_string_to_metric_families(engine.page("/metrics").text):
        for sample in family.samples:
            totals[sample.name] = totals.get(sample.name, 0.0) + sample.value
    return totals
