"""The changes that made the engine's own tables what they are, in their order: files `sql/ENGINE/NN-name.sql`.

A change that was released is never edited: what else is to change gets a file and a number of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

LEDGER = "create table if not exists migrations (number integer not null, name varchar(60) not null)"
"""The table of the changes that were made; the same in every engine."""
NEWEST = "select coalesce(max(number), 0) from migrations"


class Migration(NamedTuple):
    """One change."""

    number: int
    name: str
    sql: str


def migrations_of(engine: str) -> Sequence[Migration]:
    """All changes for an engine, in their order."""
    files = sorted((Path(__file__).with_name("sql") / engine).glob("*.sql"))
    return [Migration(int(file.stem.partition("-")[0]), file.stem, file.read_text("utf-8")) for file in files]


def due(engine: str, done: int) -> Sequence[Migration]:
    """The changes that are to be made after number `done`."""
    return [one for one in migrations_of(engine) if one.number > done]
