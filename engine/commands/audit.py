"""`engine audit list` and `engine audit verify`: security events and what people did, and whether all stands."""

from __future__ import annotations

import sys
from typing import Any

import orjson
from rich.table import Table

from engine.bus.bus import read_topic
from engine.bus.record import Record
from engine.canonical import audit
from engine.canonical.chain import Verification
from engine.commands.explain.shown import wide_console
from engine.commands.terminal import Console
from engine.config import Settings
from engine.parts import open_bus, require_home

COLUMNS = ("time", "event", "listener", "address", "person", "facility", "count")
"""What the table shows of an event; the JSON has all."""


def list_events(settings: Settings, as_json: bool) -> int:
    """Print every security event on the bus, oldest first."""
    require_home(settings)
    with open_bus(settings) as bus:
        records = {record.value: record for record in read_topic(bus, audit.TOPIC)}  # one may stand there twice
    events = [_describe(record) for record in records.values()]
    if as_json:
        sys.stdout.write(orjson.dumps(events).decode() + "\n")
        return 0
    table = Table(title=f"{len(events)} security events", title_justify="left", box=None)
    for column in COLUMNS:
        table.add_column(column, no_wrap=True, overflow="ellipsis")
    for event in events:
        table.add_row(event["time"][:19], *(str(event[column]) for column in COLUMNS[1:]))
    wide_console().print(table, markup=False)
    return 0


def verify_events(settings: Settings) -> int:
    """Say whether every record stands as it was written, and return 0; else name the first that does not, and 1."""
    require_home(settings)
    console, verification = Console(highlight=False, markup=False, soft_wrap=True), Verification()
    with open_bus(settings) as bus:
        for record in read_topic(bus, audit.TOPIC):
            fault = verification.check(record)
            if fault:
                console.print(f"broken at {record.position}: {fault} - compare with a copy, and find out who wrote")
                return 1
    console.print(f"{verification.records} records of {verification.writers} writers stand as they were written")
    return 0


def _describe(record: Record) -> dict[str, Any]:
    """What the record tells; of one that tells nothing any more, that it is broken."""
    try:
        return audit.describe(record)
    except ValueError:
        nothing = dict.fromkeys(("id", "time", "listener", "address", "person", "facility", "count", "reason"), "")
        return nothing | {"position": str(record.position), "event": "broken", "records": []}
