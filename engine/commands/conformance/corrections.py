"""What the guide misspells (`mappings/guide/corrections.yaml`): a cell as it stands, as it should be, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.language.document import read_document

CELLS = {
    "path": "path",
    "condition": "condition",
    "narrative": "narrative",
    "target": "target",
    "type_map": "type_map",
    "vocabulary": "vocabulary",
    "assignment": "assignment",
    "references": "references",
    "code": "path",
    "system": "fhir_type",
    "display": "references",
}
"""Columns of the tables, and what a row calls them."""


ANY = "*"
"""Stands for whatever a cell holds."""


class Correction(NamedTuple):
    """One cell, wherever it stands: in the row or the rows of the map named, or in any row where none is."""

    cell: str
    wrong: str
    right: str
    because: str
    row: str = ""
    map: str = ""
    is_part: bool = False
    """Whether `wrong` may be a part of the cell."""
    swaps: str = ""
    """Another cell, which holds what belongs into this one, and the other way round."""

    def apply(self, row: str, map_name: str, cells: Mapping[str, str]) -> dict[str, str]:
        """The cells of a row that should be otherwise."""
        if self.row not in ("", row) or self.map not in ("", map_name):
            return {}
        if self.swaps:
            return {self.cell: cells[self.swaps], self.swaps: cells[self.cell]}
        found = cells[self.cell]
        right = found.replace(self.wrong, self.right) if self.is_part else self.right
        meant = self.is_part or self.wrong in (ANY, found)
        return {self.cell: right} if right != found and meant else {}


def read_corrections(path: Path) -> tuple[Correction, ...]:
    """The corrections in order; raises Faults where the file cannot be read."""
    found: Any = read_document(path).plain() or []
    return tuple(_read(one) for one in found)


def _read(entry: dict[str, Any]) -> Correction:
    column = next(name for name in CELLS if name in entry)
    where = (
        entry.get("row", ""),
        entry.get("map", ""),
        entry.get("part", False),
        CELLS.get(entry.get("swaps", ""), ""),
    )
    return Correction(CELLS[column], entry[column], entry.get("is", ""), entry["because"], *where)
