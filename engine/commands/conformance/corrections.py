"""What the guide misspells (`mappings/guide/corrections.yaml`): a cell as it stands, as it should be, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from engine.language.document import read_document

CELLS = ("path", "condition", "narrative", "target", "type_map", "vocabulary", "assignment", "references")


class Correction(NamedTuple):
    """One cell, wherever it stands in the rows of a map, or in any row where no map is named."""

    column: str
    wrong: str
    right: str
    because: str
    map: str = ""
    is_part: bool = False
    """Whether `wrong` may be a part of the cell."""

    def apply(self, map_name: str, cell: str) -> str:
        """The cell of a row of this map as it should be."""
        if self.map not in ("", map_name):
            return cell
        if self.is_part:
            return cell.replace(self.wrong, self.right)
        return self.right if cell == self.wrong else cell


def read_corrections(path: Path) -> tuple[Correction, ...]:
    """The corrections in order; raises Faults where the file cannot be read."""
    found: Any = read_document(path).plain() or []
    return tuple(_read(one) for one in found)


def _read(entry: dict[str, Any]) -> Correction:
    column = next(name for name in CELLS if name in entry)
    named = (entry[column], entry["is"], entry["because"], entry.get("map", ""))
    return Correction(column, *named, entry.get("part", False))
