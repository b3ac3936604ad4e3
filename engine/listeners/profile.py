"""Reading conformance profiles: every fault of a file at once, each with its place and the nearest right name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from engine.hl7.conformance.rules import FieldRule, MessageRule, Profile, SegmentRule, Weight
from engine.hl7.dictionary import (
    VERSIONS,
    describe,
    field_count,
    find_codes,
    segment_names,
    structure_names,
    table_numbers,
)
from engine.hl7.errors import ErrorCondition
from engine.hl7.path import Path as FieldPath
from engine.hl7.path import PathFault, parse_path
from engine.language.document import Node, read_document
from engine.language.fault import Faults, Mark, nearest
from engine.language.gather import Gather
from engine.language.model import model_faults, place
from engine.listeners.profile_file import FieldEntry, MessageEntry, ProfileFile, SegmentEntry, TestEntry

PAGE = "docs/reference/profiles.md"
ANY = "any"

_CONDITIONS = {
    "structure": ErrorCondition.SEGMENT_SEQUENCE_ERROR,
    "required": ErrorCondition.REQUIRED_FIELD_MISSING,
    "datatype": ErrorCondition.DATA_TYPE_ERROR,
    "table": ErrorCondition.TABLE_VALUE_NOT_FOUND,
    "length": ErrorCondition.VALUE_TOO_LONG,
    "cardinality": ErrorCondition.NON_CONFORMANT_CARDINALITY,
}
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}\Z")
_EVENT = re.compile(r"([A-Z][A-Z0-9]{2})\^([A-Z][A-Z0-9]{2})\Z")


@dataclass(frozen=True, slots=True)
class ReadProfile:
    """A profile with the tests that stand beside it, and where each of them stands."""

    profile: Profile
    tests: tuple[tuple[TestEntry, Mark], ...]
    file: Path


def read_profile(path: Path) -> ReadProfile:
    """Read one file; raises Faults that name every place that is wrong."""
    document = read_document(path)
    try:
        found = ProfileFile.model_validate(document.plain())
    except ValidationError as error:
        raise Faults(model_faults(error, ProfileFile, document, str(path), PAGE)) from None
    return _Reader(document).read(found, path)


class _Reader:
    """Turns a file's entries into rules, gathering faults."""

    def __init__(self, document: Node) -> None:
        self._document = document
        self._gather = Gather()

    def read(self, found: ProfileFile, path: Path) -> ReadProfile:
        profile = Profile(
            found.profile,
            found.base == "standard",
            {self._message(name): self._rules(name, entry) for name, entry in found.messages.items()},
            self._fields(("fields",), found.fields),
            {_CONDITIONS[name]: Weight(weight) for name, weight in found.severity},
        )
        tests = tuple((test, self._mark("tests", str(number), "name")) for number, test in enumerate(found.tests))
        for number, test in enumerate(found.tests):
            for name in test.change:
                self._path(("tests", str(number), "change", name), name)
        self._gather.close()
        return ReadProfile(profile, tests, path)

    def _message(self, name: str) -> str:
        event = _EVENT.match(name)
        if event:
            self._type(name, event[1], "0076")
            self._type(name, event[2], "0003")
        elif name not in _all_structures():
            hint = nearest(name, sorted(_all_structures())) or "write a structure such as ADT_A01, or ADT^A08"
            self._add("P101", ("messages", name), f"no version of HL7 has messages {name!r}", hint)
        return name

    def _type(self, name: str, part: str, table: str) -> None:
        known = find_codes(table)
        if part not in known and not part.startswith("Z"):
            hint = nearest(part, sorted(known)) or f"see HL7 table {table}"
            self._add("P108", ("messages", name), f"no version of HL7 has the type or event {part!r}", hint)

    def _rules(self, name: str, entry: MessageEntry) -> MessageRule:
        above = ("messages", name)
        segments = {}
        for segment, rule in entry.segments.items():
            self._segment((*above, "segments", segment), segment)
            segments[segment] = _segment_rule(rule)
        return MessageRule(segments, self._fields((*above, "fields"), entry.fields))

    def _fields(self, above: tuple[str, ...], entries: Mapping[str, FieldEntry]) -> dict[FieldPath, FieldRule]:
        rules = {}
        for name, entry in entries.items():
            path = self._path((*above, name), name)
            rule = _field_rule(entry, self._codes((*above, name, "table"), entry))
            if path is not None:
                rules[path] = rule
        return rules

    def _path(self, where: tuple[str, ...], name: str) -> FieldPath | None:
        try:
            path = parse_path(name)
        except PathFault:
            self._add("P103", where, f"{name!r} is no path", "write one such as PID-3 or PID-3.1")
            return None
        if not path.field or path.sequence != 1 or path.repetition != 1:
            self._add("P104", where, f"{name!r} is no path of a field", "write one such as PID-3 or PID-3.1")
            return None
        if self._segment(where, path.segment) and not path.segment.startswith("Z"):
            self._known(where, path)
        return path

    def _segment(self, where: tuple[str, ...], name: str) -> bool:
        """Whether some version has the segment, or it is one that sites make themselves."""
        known = _all_segments()
        if name in known or (name.startswith("Z") and _SEGMENT.match(name)):
            return True
        turned = [one for one in known if sorted(one) == sorted(name)]
        hint = nearest(name, sorted(turned or known)) or "write three capitals or digits, such as PID"
        self._add("P102", where, f"no version of HL7 has a segment {name!r}", hint)
        return False

    def _known(self, where: tuple[str, ...], path: FieldPath) -> None:
        """Fault a field, component or subcomponent that no version has."""
        last = max(field_count(path.segment, version) for version in VERSIONS)
        if path.field > last:
            self._add("P105", where, f"no version of HL7 has {str(path)!r}", f"{path.segment} ends at its field {last}")
            return
        parts = 1 + (path.component is not None) + (path.subcomponent is not None)
        found = [describe(path, version) for version in VERSIONS]
        composite = any(not entry[0].datatype or entry[0].datatype == "varies" for entry in found if entry)
        first = path.component == 1 and path.subcomponent is None  # the first component of anything is all of it
        if not first and not composite and max(len(entry) for entry in found) < parts:
            hint = f"name a part that the datatype of {path.segment}-{path.field} has"
            self._add("P106", where, f"no version of HL7 has {str(path)!r}", hint)

    def _codes(self, where: tuple[str, ...], entry: FieldEntry) -> frozenset[str] | None:
        """The codes of a rule: none where there may be any."""
        if entry.table is None:
            return None
        node: Node | None = self._document
        for part in where:
            node = node.get(part) if node else None
        if node is not None and isinstance(node.value, list):
            return frozenset(entry.table)
        name = entry.table[0]
        codes = find_codes(name.removeprefix("HL7"))
        if not codes and name != ANY:
            hint = nearest(name.zfill(4), sorted(table_numbers())) or "write a number such as 0001, codes, or any"
            self._add("P107", where, f"no version of HL7 has codes of a table {name!r}", hint)
        return codes

    def _add(self, code: str, where: tuple[str, ...], what: str, hint: str) -> None:
        self._gather.add(self._mark(*where), code, ".".join(where), what, hint)

    def _mark(self, *where: str) -> Mark:
        return place(self._document, where) or self._document.mark


def _segment_rule(entry: SegmentEntry) -> SegmentRule:
    return SegmentRule(entry.usage, entry.max, Weight(entry.severity) if entry.severity else None)


def _field_rule(entry: FieldEntry, codes: frozenset[str] | None) -> FieldRule:
    weight = Weight(entry.severity) if entry.severity else None
    return FieldRule(entry.usage, entry.max, entry.length, codes, weight)


@lru_cache(maxsize=1)
def _all_segments() -> frozenset[str]:
    return frozenset(name for version in VERSIONS for name in segment_names(version))


@lru_cache(maxsize=1)
def _all_structures() -> frozenset[str]:
    return frozenset(name for version in VERSIONS for name in structure_names(version))
