"""Write engine/hl7/standard.json: what any version of HL7 v2 has at a place, from the tables that hl7apy has of each.

Usage:
    python -m tools.standard_table
"""

from __future__ import annotations

from pathlib import Path

import orjson

from engine.hl7.dictionary import VERSIONS, datatype_names, field_count, find_component, find_field, segment_names
from engine.hl7.standard import TABLE

SOURCE = {
    "source": "the tables of HL7 v2.1 to v2.8.2 in hl7apy (MIT)",
    "written by": "tools/standard_table.py",
    "reading": "of each field or component, in order, the datatypes that it has in any version",
}

Parts = dict[str, list[list[str]]]


def segments() -> Parts:
    """The fields of every segment."""
    names = sorted(set().union(*map(segment_names, VERSIONS)))
    return {name: [_field(name, number) for number in range(1, _last(name) + 1)] for name in names}


def datatypes() -> Parts:
    """The components of every datatype that has any."""
    names = sorted(set().union(*map(datatype_names, VERSIONS)))
    return {name: found for name in names if (found := _components(name))}


def written() -> bytes:
    """The file, a line for each segment and datatype."""
    parts: dict[str, dict[str, str] | Parts] = {"#": SOURCE, "segments": segments(), "datatypes": datatypes()}
    lines = [f'"{key}": {{\n{_lines(value)}\n}}' for key, value in parts.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _lines(entries: dict[str, str] | Parts) -> str:
    return ",\n".join(f'"{name}": {orjson.dumps(entry).decode()}' for name, entry in entries.items())


def _last(segment: str) -> int:
    return max(field_count(segment, version) for version in VERSIONS)


def _field(segment: str, number: int) -> list[str]:
    return sorted({one.datatype or "" for version in VERSIONS if (one := find_field(segment, number, version))})


def _components(datatype: str) -> list[list[str]]:
    found: list[list[str]] = []
    while types := _component(datatype, len(found) + 1):
        found.append(types)
    return found


def _component(datatype: str, number: int) -> list[str]:
    return sorted({one.datatype or "" for version in VERSIONS if (one := find_component(datatype, number, version))})


if __name__ == "__main__":
    Path(TABLE).write_bytes(written())
