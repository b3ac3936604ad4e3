"""`engine versions`: the mapping sets that were put to work, and what each made."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import orjson
from rich.table import Table

from engine.bus.bus import Bus, read_topic
from engine.canonical import receipt
from engine.commands.explain.shown import wide_console
from engine.config import Settings
from engine.parts import open_bus, require_home
from engine.transforms.activation import Activation, read_activations
from engine.transforms.output import Output, Tally


def list_versions(settings: Settings, as_json: bool) -> int:
    """Print every activation with its messages, events and dead letters."""
    require_home(settings)
    with open_bus(settings) as bus:
        found = read_versions(bus)
    if as_json:
        sys.stdout.write(orjson.dumps([_body(*one) for one in found]).decode() + "\n")
        return 0
    table = Table(box=None, pad_edge=False)
    for column in ("version", "gen", "activated", *Output._fields):
        table.add_column(column, justify="left" if column in ("version", "activated") else "right", no_wrap=True)
    for activation, output in found:
        numbers = [f"{count:,}" for count in output]
        table.add_row(activation.version, str(activation.generation), _time(activation)[:16], *numbers)
    wide_console().print(table, markup=False)
    return 0


def read_versions(bus: Bus) -> list[tuple[Activation, Output]]:
    """The activations, oldest first, and what each made; one that only receipts tell of has no time (0)."""
    tally = Tally()
    tally.add(read_topic(bus, receipt.TOPIC))
    told = {number: Activation(number, version, 0) for number, version in tally.versions.items()}
    known = told | {one.generation: one for one in read_activations(bus)}
    return [(one, tally.output(number)) for number, one in sorted(known.items())]


def _time(activation: Activation) -> str:
    when = datetime.fromtimestamp(activation.activated_us / 1_000_000, UTC)
    return when.isoformat(timespec="seconds") if activation.activated_us else ""


def _body(activation: Activation, output: Output) -> dict[str, Any]:
    about = {"version": activation.version, "generation": activation.generation, "activated": _time(activation)}
    return about | output._asdict()
