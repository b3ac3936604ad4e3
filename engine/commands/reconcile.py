"""`engine reconcile`: what became of every raw record, a facility a row."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, fields
from typing import Any, NamedTuple

import orjson
from rich.table import Table

from engine.bus.pick import pick
from engine.bus.record import Position, Record
from engine.commands.explain.shown import wide_console
from engine.commands.moment import read_moment, shown
from engine.config import Settings
from engine.loaders.evidence import take_account
from engine.loaders.reconcile import Account, Counts, Line, total
from engine.parts import now_us, open_bus, open_reader, require_home
from engine.transforms.transformer import GROUP

UNBALANCED = 1
NAMED = 20
"""Missing raw records that are named one by one."""

COLUMNS = tuple(column.name for column in fields(Counts))


class Ask(NamedTuple):
    """What is asked of the account: since when, by what the lines are added up, whether all missing are named."""

    since: str | None = None
    by: tuple[str, ...] = ()
    missing: bool = False
    as_json: bool = False


def reconcile_stores(settings: Settings, ask: Ask) -> int:
    """Print the account of the stores as they are now; returns 1 when a raw record is missing."""
    require_home(settings)
    since_us = read_moment(ask.since, now_us()) if ask.since else 0
    with open_bus(settings) as bus, closing(open_reader(settings)) as reader:
        account = take_account(bus, reader, GROUP, since_us)
        named = account.missing if ask.missing else account.missing[:NAMED]
        lost = dict.fromkeys(named, "") | {one.position: _about(one) for one in pick(bus, named)}
    if ask.as_json:
        sys.stdout.write(orjson.dumps(as_body(account)).decode() + "\n")
    elif ask.missing:
        sys.stdout.write("".join(f"{position} {about}".rstrip() + "\n" for position, about in lost.items()))
    else:
        _print(account, lost, ask.by or ("facility",))
    return UNBALANCED if account.missing else 0


def _about(record: Record) -> str:
    """Who sent a raw record, of which type, and when: its headers, and nothing of the message."""
    received = record.text("received")
    when = shown(int(received)) if received.isdecimal() else ""
    return f"{record.text('facility')} {record.text('type')} {when}"


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


def _print(account: Account, lost: Mapping[Position, str], by: Sequence[str]) -> None:
    console = wide_console()
    title = "received = loaded + dead + duplicate + ignored + held + in flight"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for place in by:
        table.add_column(place.replace("_", " "), min_width=13 if place == "hour" else 8, overflow="ellipsis")
    for column in COLUMNS:
        table.add_column(column.replace("_", " "), justify="right", no_wrap=True)
    for line in total(account.lines, *by):
        table.add_row(*(getattr(line, place) or "-" for place in by), *_cells(line.counts))
    table.add_row("all", *[""] * (len(by) - 1), *_cells(_sum(account)))
    console.print(table)
    for position, about in lost.items():
        console.print(f"missing: {position} {about}", markup=False, soft_wrap=True)
    if len(account.missing) > len(lost):
        console.print(f"and {len(account.missing) - len(lost):,} more, which --missing names")
    console.print("balanced" if not account.missing else f"NOT balanced: {len(account.missing)} are missing")


def _cells(counts: Counts) -> list[str]:
    return [f"{getattr(counts, column):,}" for column in COLUMNS]
