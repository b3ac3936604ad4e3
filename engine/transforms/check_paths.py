"""Paths against the standard's tables: what no version of HL7 v2 has at a place."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.hl7 import standard
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


@lru_cache(8192)
def missing_part(path: FieldPath, datatype: str = "") -> tuple[str, str] | None:
    """What no version has, and what there is instead; a path without segment is one of `datatype`."""
    if not path.segment:
        return _inside(datatype, frozenset({datatype}), (path.component, path.subcomponent))
    most = _last_field(path.segment)
    if path.segment.startswith("Z") or not most:
        return None
    if path.field > most:
        return f"{path.segment} has no field {path.field}", f"it has {most}"
    field = f"{path.segment}-{path.field}"
    return _inside(field, standard.field_types(path.segment, path.field), (path.component, path.subcomponent))


def _inside(place: str, types: frozenset[str], numbers: tuple[int | None, int | None]) -> tuple[str, str] | None:
    for number, kind in zip(numbers, ("component", "subcomponent"), strict=True):
        if number is None or not types or types & OPEN:
            return None
        most = max(1, *(standard.components(one) for one in types))
        if number > most:
            one = "/".join(sorted(types))
            named = f"{place} has" if place == one else f"{place}, a {one}, has"
            return f"{named} no {kind} {number}", f"it has {most}"
        place, types = f"{place}.{number}", _parts(types, number)
    return None


def _parts(types: frozenset[str], number: int) -> frozenset[str]:
    """The datatypes that a component has in any version; nothing is inside of what is no composite."""
    found = frozenset().union(*(standard.component_types(one, number) for one in types))
    return found or types


def _last_field(segment: str) -> int:
    """The number of a segment's last field, 0 for one that no version has."""
    return max(LATER.get(segment, 0), standard.fields(segment))
