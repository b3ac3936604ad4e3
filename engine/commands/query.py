"""`engine query` and `engine digest`: what the warehouse holds."""

from __future__ import annotations

import sys
from typing import Literal

import orjson
from rich.markup import escape
from rich.table import Table

from engine.commands.explain.shown import wide_console
from engine.config import Settings
from engine.loaders.warehouse import QueryRefused
from engine.parts import open_reader

Form = Literal["table", "json"]
FAULTY = 2


def query_warehouse(settings: Settings, sql: str, form: Form) -> int:
    """Print the answer to one SELECT; returns 2 when the warehouse will not answer it."""
    reader = open_reader(settings)
    try:
        answer = reader.query(sql)
    except QueryRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return FAULTY
    finally:
        reader.close()
    if form == "json":
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        sys.stdout.write(orjson.dumps(rows, default=str).decode() + "\n")
        return 0
    table = Table()
    for column in answer.columns:
        table.add_column(column, overflow="fold")
    for row in answer.rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    wide_console().print(table)
    if answer.more:
        sys.stderr.write(f"only the first {len(answer.rows)} rows are shown - add a limit or ask for less\n")
    return 0


def print_digest(settings: Settings) -> int:
    """Print a hash of each table's content: equal hashes, equal content."""
    reader = open_reader(settings)
    try:
        for table, digest in sorted(reader.digest().items()):
            sys.stdout.write(f"{table} {digest}\n")
    finally:
        reader.close()
    return 0
