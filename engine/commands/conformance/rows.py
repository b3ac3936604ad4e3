"""The rows of the HL7 v2-to-FHIR guide (`mappings/guide/*.tsv`), with what the guide misspells corrected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from engine.commands.conformance.corrections import Correction, read_corrections
from engine.commands.conformance.kinds import Kind
from engine.language.fault import Fault, Faults, Mark

PLACEHOLDER = "??"
"""Stands in a target for an extension that the guide has yet to define."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. Of a table `path` is the code, `fhir_type` its system and `references` its display."""

    kind: Kind
    number: int
    """Its place among the rows of its map, from 1."""
    map: str
    path: str = ""
    type: str = ""
    condition: str = ""
    narrative: str = ""
    target: str = ""
    fhir_type: str = ""
    type_map: str = ""
    vocabulary: str = ""
    assignment: str = ""
    references: str = ""

    @property
    def id(self) -> str:
        """What the row is called: `PID[Patient]/12`."""
        return f"{self.map}/{self.number}"

    @property
    def is_placeholder(self) -> bool:
        """Whether the guide has not yet said where the value goes."""
        return PLACEHOLDER in self.target


COLUMNS = {"code": "path", "v2_table": "type", "system": "fhir_type", "display": "references"}
"""Columns of tables.tsv that are called otherwise."""


@dataclass(frozen=True, slots=True)
class Guide:
    """All rows, and the corrections that changed any of them."""

    rows: tuple[Row, ...]
    used: frozenset[Correction] = field(default=frozenset())

    def of(self, kind: Kind) -> tuple[Row, ...]:
        """The rows of one kind, in order."""
        return tuple(row for row in self.rows if row.kind == kind)


def read_guide(folder: Path) -> Guide:
    """The guide of a folder of mappings; raises Faults where a file of it cannot be read."""
    corrections = read_corrections(folder / "corrections.yaml")
    used: set[Correction] = set()
    rows = tuple(_correct(row, corrections, used) for kind in Kind for row in _read(folder / f"{kind}s.tsv", kind))
    return Guide(rows, frozenset(used))


def _read(path: Path, kind: Kind) -> Iterator[Row]:
    try:
        header, *lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        hint = "keep the folder guide/ beside standard/"
        raise Faults([Fault(Mark(str(path)), "E001", "", f"cannot be read ({error.strerror})", hint)]) from None
    names = [COLUMNS.get(name, name) for name in header.split("\t")]
    cells = [dict(zip(names, line.split("\t"), strict=True)) for line in lines]
    for _, found in groupby(sorted(cells, key=lambda one: one["map"]), key=lambda one: one["map"]):
        yield from (Row(kind, number, **one) for number, one in enumerate(found, 1))


class _Cells(dict[str, str]):
    """The cells of a row by name, read when they are asked for."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        self._row = row

    def __missing__(self, name: str) -> str:
        return str(getattr(self._row, name))


def _correct(row: Row, corrections: tuple[Correction, ...], used: set[Correction]) -> Row:
    for one in corrections:
        change: dict[str, Any] = one.apply(row.id, row.map, _Cells(row))
        if change:
            row = replace(row, **change)
            used.add(one)
    return row
