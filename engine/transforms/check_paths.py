"""Paths against the standard's tables: what no version of HL7 v2 has at a place."""

from __future__ import annotations

import re
from functools import cache

from engine.hl7 import dictionary
from engine.language.path import EVERY, ElementPath, FieldPath, Path

_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}\Z")

OPEN = frozenset({"", "varies", "ANY"})
"""Datatypes of which a message itself says what they are."""

LATER = {"MSH": 28, "PRT": 24, "OBX": 33, "ORC": 38}
"""The last fields of segments that grew after the newest version there are tables of (HL7 v2.9)."""


def is_segment(name: str) -> bool:
    """Whether this may be the name of a segment."""
    return bool(_SEGMENT.match(name))


def is_single(path: Path) -> bool:
    """Whether a path of a message gives one value at most."""
    return not isinstance(path, ElementPath) and path.repetition != EVERY


def missing_part(path: FieldPath, datatype: str = "") -> tuple[str, str] | None:
    """What no version has, and what there is instead; a path without segment is one of `datatype`."""
    if not path.segment:
        return _inside(datatype, frozenset({datatype}), (path.component, path.subcomponent))
    most = fields(path.segment)
    if path.segment.startswith("Z") or not most:
        return None
    if path.field > most:
        return f"{path.segment} has no field {path.field}", f"it has {most}"
    field = f"{path.segment}-{path.field}"
    return _inside(field, field_types(path.segment, path.field), (path.component, path.subcomponent))


def _inside(place: str, types: frozenset[str], numbers: tuple[int | None, int | None]) -> tuple[str, str] | None:
    for number, kind in zip(numbers, ("component", "subcomponent"), strict=True):
        if number is None or not types or types & OPEN:
            return None
        most = max(1, *(components(one) for one in types))
        if number > most:
            one = "/".join(sorted(types))
            named = f"{place} has" if place == one else f"{place}, a {one}, has"
            return f"{named} no {kind} {number}", f"it has {most}"
        place, types = f"{place}.{number}", _parts(types, number)
    return None


def _parts(types: frozenset[str], number: int) -> frozenset[str]:
    """The datatypes that a component has in any version; nothing is inside of what is no composite."""
    found = frozenset().union(*(component_types(one, number) for one in types))
    return found or types


@cache
def segments() -> frozenset[str]:
    """The segments of any version of the standard."""
    return frozenset().union(*(dictionary.segment_names(version) for version in dictionary.VERSIONS))


@cache
def fields(segment: str) -> int:
    """The number of a segment's last field in any version."""
    return max(LATER.get(segment, 0), *(dictionary.field_count(segment, version) for version in dictionary.VERSIONS))


@cache
def field_types(segment: str, number: int) -> frozenset[str]:
    """The datatypes that a field has in any version."""
    found = (dictionary.find_field(segment, number, version) for version in dictionary.VERSIONS)
    return frozenset(one.datatype or "" for one in found if one)


@cache
def component_types(datatype: str, number: int) -> frozenset[str]:
    """The datatypes that a component has in any version."""
    found = (dictionary.find_component(datatype, number, version) for version in dictionary.VERSIONS)
    return frozenset(one.datatype or "" for one in found if one)


@cache
def components(datatype: str) -> int:
    """The number of a datatype's last component in any version, 0 for one that is unknown or has none."""
    most = 0
    for version in dictionary.VERSIONS:
        while dictionary.find_component(datatype, most + 1, version):
            most += 1
    return most
