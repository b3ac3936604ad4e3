"""What any version of the standard has at a place: its segments, fields and components, all versions put together.

The table (standard.json) is read in a few milliseconds; `dictionary` has the versions apart, and takes a hundred times
as long to be there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import orjson

TABLE = Path(__file__).with_name("standard.json")

Parts = dict[str, list[list[str]]]


def segments() -> frozenset[str]:
    """The segments of any version."""
    return frozenset(_table()["segments"])


def fields(segment: str) -> int:
    """The number of a segment's last field in any version, 0 for a segment that none knows."""
    return len(_table()["segments"].get(segment, ()))


def field_types(segment: str, number: int) -> frozenset[str]:
    """The datatypes that a field has in any version."""
    return _at("segments", segment, number)


def components(datatype: str) -> int:
    """The number of a datatype's last component in any version, 0 for one that is unknown or has none."""
    return len(_table()["datatypes"].get(datatype, ()))


def component_types(datatype: str, number: int) -> frozenset[str]:
    """The datatypes that a component has in any version."""
    return _at("datatypes", datatype, number)


def _at(kind: str, name: str, number: int) -> frozenset[str]:
    entries = _table()[kind].get(name, ())
    return frozenset(entries[number - 1]) if 0 < number <= len(entries) else frozenset()


@cache
def _table() -> dict[str, Parts]:
    table: dict[str, Parts] = orjson.loads(TABLE.read_bytes())
    return table
