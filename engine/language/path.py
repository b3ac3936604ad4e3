"""Paths as mappings write them: `PID-3[2].1` in a segment, `.1.1` in a datatype, `code.coding[*].code` in an event."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from engine.hl7.path import ALL, PathFault, parse_path
from engine.hl7.path import Path as FieldPath

__all__ = ["EVERY", "ElementPath", "FieldPath", "Path", "Step", "read_element", "read_field", "read_part"]

EVERY = ALL
"""The index `[*]`; others count from 1."""
MOST_STEPS = 16
"""Elements that a path of a resource goes down at most."""
MOST_KEPT = 4096
"""Paths of a kind that are kept: mappings write the same ones again and again."""

_PART = re.compile(r"\.(?P<component>[1-9][0-9]{0,2})(?:\.(?P<subcomponent>[1-9][0-9]{0,2}))?\Z")
_STEP = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9]{0,63})(?:\[(?P<index>\*|[1-9][0-9]{0,3})\])?\Z")


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a resource path: its name, and None for the first value, EVERY for each, else which one."""

    name: str
    index: int | None = None

    def __str__(self) -> str:
        return self.name if self.index is None else f"{self.name}[{self.index or '*'}]"


@dataclass(frozen=True, slots=True)
class ElementPath:
    """A place in a FHIR resource."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return ".".join(str(step) for step in self.steps)


Path = FieldPath | ElementPath


@lru_cache(MOST_KEPT)
def read_field(text: str) -> FieldPath | None:
    """The path `PID-3[2].1`, or None when this is none; in a mapping it always names a field of one segment."""
    try:
        path = parse_path(text)
    except PathFault:
        return None
    return path if path.field and path.sequence == 1 else None


@lru_cache(MOST_KEPT)
def read_part(text: str) -> FieldPath | None:
    """The path `.1.1` of a component, or None when this is none; in a datatype there is no segment and no field.

    `.` alone is the whole value.
    """
    if text == ".":
        return FieldPath("")
    match = _PART.match(text)
    if match is None:
        return None
    return FieldPath("", component=int(match["component"]), subcomponent=_number(match["subcomponent"]))


@lru_cache(MOST_KEPT)
def read_element(text: str) -> ElementPath | None:
    """The path `code.coding[*].code`, or None when this is none."""
    pieces = text.split(".", MOST_STEPS)
    steps = [_STEP.match(piece) for piece in pieces] if len(pieces) <= MOST_STEPS else [None]
    found = [Step(step["name"], _index(step["index"])) for step in steps if step]
    return ElementPath(tuple(found)) if len(found) == len(steps) else None


def _index(text: str | None) -> int | None:
    return None if text is None else EVERY if text == "*" else int(text)


def _number(text: str | None) -> int | None:
    return int(text) if text else None
