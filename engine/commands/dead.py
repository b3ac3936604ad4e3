"""`engine dead list`: the dead letters, without what they say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from engine.bus.bus import Bus
from engine.canonical import dead
from engine.config import Settings
from engine.parts import open_bus, require_home

COLUMNS = ("time", "reason", "where", "facility", "type", "raw")
"""What the table shows of a letter; the JSON has all."""


def list_dead(settings: Settings, as_json: bool) -> int:
    """Print every dead letter on the bus, oldest first in each partition."""
    require_home(settings)
    with open_bus(settings) as bus:
        letters = list(read_letters(bus))
    if as_json:
        sys.stdout.write(orjson.dumps(letters).decode() + "\n")
        return 0
    table = Table(title=f"{len(letters)} dead letters", title_justify="left", box=None)
    for column in COLUMNS:
        table.add_column(column, no_wrap=column != "facility", overflow="ellipsis")
    for letter in letters:
        table.add_row(letter["time"][:19], *(str(letter[column]) for column in COLUMNS[1:]))
    Console(highlight=False, markup=False).print(table)
    return 0


def read_letters(bus: Bus) -> Iterator[dict[str, Any]]:
    """The dead letters by position, each with what is said of it; the bytes themselves stay where they are."""
    for partition, span in sorted(bus.spans(dead.TOPIC).items()):
        for record in bus.read(partition, span.first, span.next):
            raw = dead.raw_position(record)
            when = datetime.fromtimestamp(int(record.text("dead_time")) / 1_000_000, UTC)
            yield {
                "position": str(record.position),
                "time": when.isoformat(timespec="seconds"),
                "reason": record.text("dead_reason"),
                "stage": record.text("dead_stage"),
                "where": record.text("dead_where"),
                "facility": record.text("facility"),
                "type": record.text("type"),
                "raw": str(raw or ""),
                "bytes": len(record.value),
                "detail": record.text("dead_detail"),
            }
