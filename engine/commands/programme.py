"""`engine programme`: which facilities and departments send, as the warehouse has it from their messages."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from rich.table import Table

from engine.commands.explain.shown import wide_console
from engine.config import Settings
from engine.loaders.warehouse import Answer, QueryRefused, Reader
from engine.parts import open_reader

FAULTY = 2
MOST = 100_000


class Part(NamedTuple):
    """One table of the model, and the order in which it is told."""

    name: str
    order: str


SECTORS = Part("programme_by_sector", "kind, sector")
FACILITIES = Part("programme_facilities", "kind, sector, facility")
DEPARTMENTS = Part("programme_departments", "facility, department")
PARTS = {"sectors": SECTORS, "facilities": FACILITIES, "departments": DEPARTMENTS}
"""What may be asked for, by the words of the command."""


def show_programme(settings: Settings, parts: Sequence[str], as_json: bool) -> int:
    """Print these parts of the programme; returns 2 where the warehouse has no model."""
    reader = open_reader(settings)
    try:
        found = {name: _ask(reader, PARTS[name]) for name in parts}
    except QueryRefused as refused:
        sys.stderr.write(f"{refused}\nthe model is not there: see `engine warehouse plan`, and start the loader\n")
        return FAULTY
    finally:
        reader.close()
    if as_json:
        body = {
            name: [dict(zip(answer.columns, row, strict=True)) for row in answer.rows] for name, answer in found.items()
        }
        sys.stdout.write(orjson.dumps(body, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        for name, answer in found.items():
            _print(name, answer)
    return 0


def _ask(reader: Reader, part: Part) -> Answer:
    return reader.query(f"select * from {part.name} order by {part.order}", MOST)  # noqa: S608 - names of this file


def _print(name: str, answer: Answer) -> None:
    table = Table(title=name, title_justify="left")
    for column in answer.columns:
        table.add_column(column, overflow="fold")
    for row in answer.rows:
        table.add_row(*map(_shown, row))
    wide_console().print(table, markup=False)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)
