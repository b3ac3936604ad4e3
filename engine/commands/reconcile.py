"""`engine reconcile`: what became of every raw record, a facility a row."""

from __future__ import annotations

import sys
from dataclasses import asdict, fields
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from engine.config import Settings
from engine.loaders.evidence import take_account
from engine.loaders.reconcile import Account, Counts, Line, total
from engine.parts import open_bus, open_reader, require_home
from engine.transforms.transformer import GROUP

UNBALANCED = 1
NAMED = 20
"""Missing raw records that are named one by one."""

COLUMNS = tuple(column.name for column in fields(Counts))


def reconcile_stores(settings: Settings, as_json: bool) -> int:
    """Print the account of the stores as they are now; returns 1 when a raw record is missing."""
    require_home(settings)
    with open_bus(settings) as bus:
        reader = open_reader(settings)
        try:
            account = take_account(bus, reader, GROUP)
        finally:
            reader.close()
    if as_json:
        sys.stdout.write(orjson.dumps(as_body(account)).decode() + "\n")
    else:
        _print(account)
    return UNBALANCED if account.missing else 0


def as_body(account: Account) -> dict[str, Any]:
    """The account as JSON: a line for each facility, type and hour, the sum, and what is missing."""
    return {
        "lines": [_line(line) for line in account.lines],
        "total": asdict(_sum(account)),
        "missing": [str(position) for position in account.missing],
    }


def _line(line: Line) -> dict[str, Any]:
    place = {"facility": line.facility, "message_type": line.message_type, "hour": line.hour}
    return place | asdict(line.counts)


def _sum(account: Account) -> Counts:
    return next((line.counts for line in total(account.lines)), Counts())


def _print(account: Account) -> None:
    console = Console(highlight=False)
    title = "received = loaded + dead + duplicate + ignored + held + in flight"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("facility", min_width=8, overflow="ellipsis")
    for column in COLUMNS:
        table.add_column(column.replace("_", " "), justify="right", no_wrap=True)
    for line in total(account.lines, "facility"):
        table.add_row(line.facility or "-", *_cells(line.counts))
    table.add_row("all", *_cells(_sum(account)))
    console.print(table)
    for position in account.missing[:NAMED]:
        console.print(f"missing: {position}")
    console.print("balanced" if not account.missing else f"NOT balanced: {len(account.missing)} are missing")


def _cells(counts: Counts) -> list[str]:
    return [f"{getattr(counts, column):,}" for column in COLUMNS]
