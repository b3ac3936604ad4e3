"""`engine dead list`: the dead letters, without what they say."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
from rich.table import Table

from engine.canonical.letter import OPEN, Letter
from engine.commands.dead.selection import Selection, read_letters
from engine.commands.moment import shown
from engine.commands.terminal import Console
from engine.config import Settings
from engine.parts import open_bus, require_home

COLUMNS = ("time", "reason", "where", "facility", "type", "position")
"""What the table shows of a letter; the JSON has all."""


def list_dead(settings: Settings, selection: Selection, every: bool, as_json: bool) -> int:
    """Print the open letters of a selection, or `every` one, oldest first in each partition."""
    require_home(settings)
    with open_bus(settings) as bus:
        letters = [one for one in read_letters(bus) if selection.takes(one) and (every or one.state == OPEN)]
    if as_json:
        sys.stdout.write(orjson.dumps([as_row(letter) for letter in letters]).decode() + "\n")
    else:
        _print(letters, every)
    return 0


def as_row(letter: Letter) -> dict[str, Any]:
    """What is said of a letter, by name."""
    return {
        "position": str(letter.position),
        "time": shown(letter.time_us),
        "reason": letter.reason,
        "stage": letter.stage,
        "where": letter.where,
        "facility": letter.facility,
        "type": letter.message_type,
        "raw": str(letter.raw or ""),
        "bytes": letter.size,
        "attempts": letter.attempts,
        "state": letter.state,
        "detail": letter.detail,
    }


def _print(letters: Sequence[Letter], every: bool) -> None:
    console = Console(highlight=False, markup=False)
    columns = (*COLUMNS, "state") if every else COLUMNS
    table = Table(title=f"{len(letters)} dead letters", title_justify="left", box=None)
    for column in columns:
        table.add_column(column, no_wrap=column != "facility", overflow="ellipsis")
    for letter in letters:
        row = as_row(letter)
        table.add_row(row["time"][:19], *(str(row[column]) for column in columns[1:]))
    console.print(table)
    reasons = Counter(letter.reason for letter in letters)
    if len(reasons) > 1:
        console.print(", ".join(f"{reason} {count:,}" for reason, count in reasons.most_common()))
