"""The structures of messages, as places where segments may stand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from engine.hl7.conformance.structures import name_structure
from engine.hl7.dictionary import VERSIONS, Part, find_structure


class Slot(NamedTuple):
    """One place of a structure where a segment may stand, with the groups around it, outermost first."""

    groups: tuple[str, ...]
    segment: str
    number: int
    """Which place this is, in the order of the structure."""


def parts_of(structure: str, version: str) -> tuple[Part, ...]:
    """The segments and groups of a structure; none for one that the version does not have."""
    found = find_structure(structure, version)
    return found.parts if found else ()


@cache
def slots(structure: str, version: str) -> tuple[Slot, ...]:
    """All places of a structure in order."""
    return tuple(Slot(*one, number) for number, one in enumerate(_walk(parts_of(structure, version), ())))


def _walk(parts: tuple[Part, ...], groups: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for part in parts:
        if part.parts:
            yield from _walk(part.parts, (*groups, part.name))
        else:
            yield groups, part.name


@cache
def name_of(code: str, event: str) -> str:
    """The structure of a type and event, in the newest version that has one."""
    return next(
        (found for one in reversed(VERSIONS) if (found := name_structure(code, event, "", one))), f"{code}_{event}"
    )


@cache
def version_of(structure: str, segment: str) -> str:
    """The newest version in which the structure has the segment, else the newest that has the structure."""
    having = [one for one in VERSIONS if find_structure(structure, one)]
    holding = [one for one in having if any(slot.segment == segment for slot in slots(structure, one))]
    return (holding or having or [VERSIONS[-1]])[-1]


@cache
def places(structure: str, segment: str) -> tuple[Slot, ...]:
    """Where the segment may stand."""
    return tuple(slot for slot in slots(structure, version_of(structure, segment)) if slot.segment == segment)
