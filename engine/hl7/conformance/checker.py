"""Checks a message against the standard's tables and a profile, before it is acknowledged (HL7 v2.9, 2.9.2; A3).

What a receiver does not expect it ignores (2.6.2, 2.8): unknown segments, fields beyond the standard's, further
repetitions. Work and report are bounded, whatever a message holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from functools import lru_cache
from itertools import islice

from engine.hl7.conformance.rules import Check, FieldRule, Presence, Profile, SegmentChecks, compile_segment
from engine.hl7.conformance.structure import check_structure, structure_of
from engine.hl7.errors import ErrorCondition as Condition
from engine.hl7.errors import ReportedError
from engine.hl7.message import Message, Segment
from engine.hl7.path import Path
from engine.hl7.timestamp import TimestampFault, read_timestamp

MOST_ERRORS = 20
"""Errors that are reported of one message."""

MOST_SEGMENTS = 5_000
"""Segments whose fields are looked at."""

MOST_REPETITIONS = 50
"""Repetitions of a field that are looked at."""

NULL = '""'

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_INTEGER = re.compile(r"[0-9]+")
_DATE = re.compile(r"[0-9]{4}([0-9]{2}([0-9]{2})?)?")
_TIME = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9]([0-5][0-9](\.[0-9]{1,4})?)?)?([+-][0-9]{4})?")


def _is_time(text: str) -> bool:
    try:
        read_timestamp(text, UTC)
    except TimestampFault:
        return False
    return True


_DATATYPES: Mapping[str, Callable[[str], bool]] = {
    "NM": lambda text: _NUMBER.fullmatch(text) is not None,
    "SI": lambda text: _INTEGER.fullmatch(text) is not None,
    "DT": lambda text: _DATE.fullmatch(text) is not None and _is_time(text),
    "TM": lambda text: _TIME.fullmatch(text) is not None,
    "DTM": _is_time,
}


class Checker:
    """Checks messages against one profile; what a version asks of a segment is worked out once."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._checks = lru_cache(maxsize=2048)(lambda name, version: compile_segment(name, version, profile))

    def check(self, message: Message) -> tuple[ReportedError, ...]:
        """The errors of the message, in the order of its segments, the structure's first."""
        return tuple(islice(self._errors(message), MOST_ERRORS))

    def _errors(self, message: Message) -> Iterator[ReportedError]:
        version = message.version
        names = [segment.name for segment in message.segments]
        structure = structure_of(message.structure, message.code, message.event, version)
        told = self._profile.segments.get(structure, {})
        if self._profile.standard:
            optional = {name for name, presence in told.items() if presence is Presence.OPTIONAL}
            yield from (one for one in check_structure(names, structure, version) if not _is_of(one, optional))
        yield from _check_presence(names, told)
        yield from self._check_fields(message, version)

    def _check_fields(self, message: Message, version: str) -> Iterator[ReportedError]:
        numbers: Counter[str] = Counter()
        for segment in message.segments[:MOST_SEGMENTS]:
            numbers[segment.name] += 1
            checks = self._checks(segment.name, version)
            yield from _check_segment(segment, numbers[segment.name], checks)


def _is_of(error: ReportedError, names: set[str]) -> bool:
    return error.where is not None and error.where.segment in names


def _check_presence(names: list[str], told: Mapping[str, Presence]) -> Iterator[ReportedError]:
    there = set(names)
    for name, presence in told.items():
        if presence is Presence.REQUIRED and name not in there:
            yield ReportedError(Condition.SEGMENT_SEQUENCE_ERROR, Path(name))
        elif presence is Presence.FORBIDDEN and name in there:
            yield ReportedError(Condition.NON_CONFORMANT_CARDINALITY, Path(name))


def _check_segment(segment: Segment, sequence: int, checks: SegmentChecks) -> Iterator[ReportedError]:
    for number, component, severity in checks.required:
        text = segment.field(number)
        if not (_component(text, component, segment) if component else text.strip()):
            where = Path(segment.name, number, sequence, component=component or None)
            yield ReportedError(Condition.REQUIRED_FIELD_MISSING, where, severity)
    if checks.by_field:
        for number, text in enumerate(segment.fields):
            if text and number in checks.by_field:
                yield from _check_field(segment, sequence, number, text, checks.by_field[number])


def _check_field(
    segment: Segment, sequence: int, number: int, text: str, checks: tuple[Check, ...]
) -> Iterator[ReportedError]:
    separator = segment.delimiters.repetition
    repetitions = text.split(separator, MOST_REPETITIONS)[:MOST_REPETITIONS] if separator else [text]
    for check in checks:
        rule = check.rule
        if rule.most is not None and len(repetitions) > rule.most:
            where = Path(segment.name, number, sequence)
            yield ReportedError(Condition.NON_CONFORMANT_CARDINALITY, where, rule.severity)
        for index, repetition in enumerate(repetitions, start=1):
            condition = _judge(check, rule, repetition, segment)
            if condition:
                where = Path(segment.name, number, sequence, index, check.component or None)
                yield ReportedError(condition, _plain(where), rule.severity)


def _plain(where: Path) -> Path:
    """The first component of a field is told as the field."""
    return Path(where.segment, where.field, where.sequence, where.repetition) if where.component == 1 else where


def _judge(check: Check, rule: FieldRule, repetition: str, segment: Segment) -> Condition | None:
    if rule.length is not None and len(repetition) > rule.length:
        return Condition.VALUE_TOO_LONG
    value = _component(repetition, check.component or 1, segment)
    if not value or value == NULL:
        return None
    reads = _DATATYPES.get(check.datatype)
    if reads and not reads(value):
        return Condition.DATA_TYPE_ERROR
    return Condition.TABLE_VALUE_NOT_FOUND if check.codes and value not in check.codes else None


def _component(text: str, number: int, segment: Segment) -> str:
    """A component of the first repetition, without its subcomponents and blanks."""
    delimiters = segment.delimiters
    if delimiters.repetition:
        text = text.partition(delimiters.repetition)[0]
    parts = text.split(delimiters.component, number) if delimiters.component else [text]
    part = parts[number - 1] if number <= len(parts) else ""
    return (part.partition(delimiters.subcomponent)[0] if delimiters.subcomponent else part).strip()
