"""Write mappings/guide/*.tsv, the rows of the HL7 v2-to-FHIR guide that name a target, from the guide's own tables.

Usage:
    python -m tools.guide ig_rows.tsv

The input holds every row of the guide's concept maps, one a line, under a header that names the columns. The prose
comments of the guide and its rows without a target are left out.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

FOLDER = Path("mappings/guide")
FILES = {"message": "messages", "segment": "segments", "datatype": "datatypes", "table": "tables"}
COLUMNS = {
    "map": "map",
    "path": "v2_path",
    "type": "v2_type",
    "condition": "cond_antlr",
    "narrative": "cond_narrative",
    "target": "fhir_target",
    "fhir_type": "fhir_type",
    "type_map": "type_map",
    "vocabulary": "vocab_map",
    "assignment": "assignment",
    "references": "references",
}
OF_TABLES = {
    "map": "map",
    "code": "v2_path",
    "v2_table": "v2_type",
    "narrative": "cond_narrative",
    "target": "fhir_target",
    "system": "fhir_type",
    "display": "references",
}


def rows(path: Path) -> Iterator[Mapping[str, str]]:
    """The rows of the guide that name a target."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from (one for one in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if one["fhir_target"])


def write(kind: str, found: list[Mapping[str, str]], folder: Path) -> int:
    """Write the rows of one kind; returns how many there are."""
    columns = OF_TABLES if kind == "table" else COLUMNS
    lines = ["\t".join(columns), *("\t".join(one[name] for name in columns.values()) for one in found)]
    (folder / f"{FILES[kind]}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(found)


def main() -> None:
    """Write the files and say how many rows each has."""
    found = [one for one in rows(Path(sys.argv[1])) if one["has_target"] == "1"]
    for kind in FILES:
        print(kind, write(kind, [one for one in found if one["kind"] == kind], FOLDER))


if __name__ == "__main__":
    main()
