"""What the commands about persons ask the warehouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from engine.config import Settings
from engine.loaders.warehouse import QUERY_SECONDS, Reader
from engine.parts import open_reader

MOST = 10_000
"""Rows that are shown."""

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")

Found = list[dict[str, Any]]


class Asking:
    """Answers as rows by column."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def ask(self, sql: str) -> Found:
        """All that the query finds; raises QueryRefused."""
        answer = self._reader.query(sql, MOST, QUERY_SECONDS)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


@contextmanager
def asking(settings: Settings) -> Iterator[Asking]:
    """The warehouse to ask, until the end; raises Faults when there is none."""
    reader = open_reader(settings)
    try:
        yield Asking(reader)
    finally:
        reader.close()


def read_id(text: str) -> str:
    """An id as somebody wrote it, with `Patient/` or without; raises BadParameter when it is none."""
    identity = text.removeprefix("Patient/")
    if not _ID.fullmatch(identity):
        raise typer.BadParameter("write the id of a Patient resource, as `id` of the table `current` has it")
    return identity
