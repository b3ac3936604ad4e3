"""`engine unmapped`: which codes of which senders no table holds, and how often they came."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from rich.table import Table

from engine.bus.bus import read_topic
from engine.canonical import unmapped
from engine.canonical.unmapped import TableCount
from engine.commands.terminal import Console
from engine.config import Settings
from engine.parts import open_bus, require_home

Counts = dict[tuple[str, str], TableCount]
"""By facility and table."""


def list_unmapped(settings: Settings, as_json: bool) -> int:
    """Print the counts by facility and table, the most frequent first."""
    require_home(settings)
    with open_bus(settings) as bus:
        counts = add_up(unmapped.decode(record) for record in read_topic(bus, unmapped.TOPIC))
    rows = sorted(counts.items(), key=lambda entry: (-entry[1].count, entry[0]))
    if as_json:
        sys.stdout.write(orjson.dumps([_entry(*row) for row in rows]).decode() + "\n")
        return 0
    table = Table(title=f"{len(rows)} tables lack codes", title_justify="left", box=None)
    for column in ("facility", "table", "count", "codes"):
        table.add_column(column)
    for (facility, name), found in rows:
        codes = ", ".join(f"{code} ({times})" for code, times in found.codes.most_common())
        table.add_row(facility, name, str(found.count), codes)
    Console(highlight=False, markup=False).print(table)
    return 0


def add_up(told: Iterable[Mapping[str, Any]]) -> Counts:
    """What all records tell together."""
    counts: Counts = {}
    for one in told:
        for name, entry in one["tables"].items():
            found = counts.setdefault((one["facility"], name), TableCount())
            for code, times in entry["codes"].items():
                found.add(code, times)
            found.count += entry["count"] - sum(entry["codes"].values())
    return counts


def _entry(key: tuple[str, str], found: TableCount) -> dict[str, Any]:
    facility, table = key
    return {"facility": facility, "table": table, "count": found.count, "codes": dict(found.codes)}
