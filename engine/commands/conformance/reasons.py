"""Why rows are not covered (`mappings/guide/uncovered.tsv`), and how many must be (`floor.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from engine.commands.conformance.kinds import Kind
from engine.language.document import read_document


class Reason(NamedTuple):
    """Why one row is not covered; path and target are those of the row, for people who read the file."""

    row: str
    path: str
    target: str
    reason: str


def read_reasons(path: Path) -> Mapping[str, Reason]:
    """The reasons by row."""
    _, *lines = path.read_text("utf-8").splitlines()
    return {one.row: one for one in (Reason(*line.split("\t")) for line in lines)}


def read_floor(path: Path) -> Mapping[Kind, float]:
    """The least part covered, by kind; raises Faults where the file cannot be read."""
    node = read_document(path)
    return {kind: float(str(found.value)) for kind in Kind if (found := node.get(kind))}
