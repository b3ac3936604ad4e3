"""What a profile says beyond the standard, and what is checked of each field of a segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from engine.hl7.dictionary import Entry, field_count, find_component, find_field, table_codes
from engine.hl7.errors import Severity


class Presence(StrEnum):
    """Whether a segment has to be in a message."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a profile says of a field or a component; None leaves it as the standard has it."""

    required: bool | None = None
    codes: frozenset[str] | None = None
    length: int | None = None
    most: int | None = None
    """Repetitions."""
    severity: Severity = Severity.ERROR


Place = tuple[str, int, int]
"""A segment, a field, and a component, 0 for the whole field."""

_NOTHING: Mapping[Place, FieldRule] = MappingProxyType({})
_NO_SEGMENTS: Mapping[str, Mapping[str, Presence]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Profile:
    """What is asked of messages; with `standard` what the standard asks too."""

    name: str = "standard"
    standard: bool = True
    segments: Mapping[str, Mapping[str, Presence]] = field(default_factory=lambda: _NO_SEGMENTS)
    """By structure (ADT_A01), then by segment."""
    fields: Mapping[Place, FieldRule] = field(default_factory=lambda: _NOTHING)


class Check(NamedTuple):
    """What is checked of one place: a datatype ("" for none), codes (empty for any), and a profile's rule."""

    component: int
    datatype: str
    codes: frozenset[str]
    rule: FieldRule


class SegmentChecks(NamedTuple):
    """What is checked of one segment: by the number of a field, and the fields that must be valued."""

    by_field: Mapping[int, tuple[Check, ...]]
    required: tuple[tuple[int, int, Severity], ...]
    """Field, component (0 for the whole field), severity."""


PRIMITIVES = frozenset({"NM", "SI", "DT", "TM", "DTM", "TS", "ID"})
_PLAIN = FieldRule()

LONGEST_CODE = 20
"""What is longer is no code but a description of some."""


def compile_segment(segment: str, version: str, profile: Profile) -> SegmentChecks:
    """The checks of a segment, what the standard asks first, a profile's word over it."""
    by_field: dict[int, list[Check]] = {}
    required: dict[tuple[int, int], Severity] = {}
    for number, checks, needed in _standard(segment, version) if profile.standard and segment != "MSH" else ():
        by_field.setdefault(number, []).extend(checks)
        if needed:
            required[number, 0] = Severity.ERROR
    for (name, number, component), rule in profile.fields.items():
        if name == segment:
            by_field[number] = _add(by_field.get(number, []), component, rule)
            _require(required, (number, component), rule)
    found = {number: tuple(checks) for number, checks in by_field.items() if checks}
    return SegmentChecks(found, tuple((*place, severity) for place, severity in sorted(required.items())))


def _add(checks: list[Check], component: int, rule: FieldRule) -> list[Check]:
    kept = checks if rule.codes is None else [_without_codes(one, component) for one in checks]
    return [*kept, Check(component, "", rule.codes or frozenset(), rule)]


def _require(required: dict[tuple[int, int], Severity], place: tuple[int, int], rule: FieldRule) -> None:
    if rule.required:
        required[place] = rule.severity
    elif rule.required is False:
        required.pop(place, None)


def _without_codes(check: Check, component: int) -> Check:
    """A profile's table goes before the standard's."""
    return check._replace(codes=frozenset()) if check.component in (0, 1) and component in (0, 1) else check


@lru_cache(maxsize=1024)
def _standard(segment: str, version: str) -> tuple[tuple[int, tuple[Check, ...], bool], ...]:
    found = ((number, find_field(segment, number, version)) for number in range(1, field_count(segment, version) + 1))
    return tuple((number, _checks(entry, version), entry.minimum > 0) for number, entry in found if entry)


def _checks(entry: Entry, version: str) -> tuple[Check, ...]:
    datatype = entry.datatype
    if datatype not in PRIMITIVES:
        return ()
    if datatype == "TS":
        first = find_component("TS", 1, version)
        datatype = "DTM" if first else ""
    codes = _usable(table_codes(entry.table, version)) if datatype == "ID" and entry.table else frozenset()
    if datatype == "ID" and not codes:
        return ()
    return (Check(1, datatype, codes, _PLAIN),)


def _usable(codes: frozenset[str]) -> frozenset[str]:
    """The codes of a table that lists all there are; examples and ranges are no list."""
    listed = all(len(code) <= LONGEST_CODE and "..." not in code and "…" not in code for code in codes)
    return codes if len(codes) > 1 and listed else frozenset()
