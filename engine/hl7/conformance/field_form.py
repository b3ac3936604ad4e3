"""What one field, or a part of it, is checked for: worked out once, then asked for every segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.hl7.conformance.datatypes import READERS, Reads
from engine.hl7.conformance.found import Found
from engine.hl7.delimiters import Delimiters
from engine.hl7.errors import ErrorCondition, Severity
from engine.hl7.escapes import unescape
from engine.hl7.message import Segment
from engine.hl7.path import NULL, Path

MOST_REPETITIONS = 64
"""Repetitions of a field that are looked at."""


@dataclass(frozen=True, slots=True)
class FieldForm:
    """The checks of one path; each has the severity that its error is told with, None where it is not made.

    `look` is the number of repetitions that are looked at: those that are not expected are ignored. `typed_by` is the
    field of the same segment that names the datatype.
    """

    path: Path
    required: Severity | None = None
    forbidden: Severity | None = None
    datatype: Severity | None = None
    table: Severity | None = None
    longest: Severity | None = None
    cardinality: Severity | None = None
    reads: Reads | None = None
    typed_by: int = 0
    codes: frozenset[str] = frozenset()
    length: int = 0
    maximum: int = 0
    look: int = 1

    @property
    def checks(self) -> bool:
        """Whether there is anything to check."""
        severities = (self.required, self.forbidden, self.datatype, self.table, self.longest, self.cardinality)
        return any(severities)

    def examine(self, segment: Segment, sequence: int, found: Found) -> None:
        """Check the field in the which-th segment of its name."""
        value = segment.field(self.path.field)
        delimiters = segment.delimiters
        if not value or is_blank(value, delimiters):
            if self.required and self.path.component is None:
                self._note(ErrorCondition.REQUIRED_FIELD_MISSING, self.required, sequence, 1, found)
            return
        if self.forbidden and self.path.component is None:
            self._note(ErrorCondition.NON_CONFORMANT_CARDINALITY, self.forbidden, sequence, 1, found)
            return
        for number, repetition in enumerate(self._repetitions(value, delimiters, sequence, found), 1):
            self._examine_one(repetition, segment, (sequence, number), found)

    def _repetitions(self, value: str, delimiters: Delimiters, sequence: int, found: Found) -> Sequence[str]:
        separator = delimiters.repetition
        if separator not in value:
            return (value,)
        if self.cardinality and value.count(separator) >= self.maximum:
            self._note(ErrorCondition.NON_CONFORMANT_CARDINALITY, self.cardinality, sequence, self.maximum + 1, found)
        return value.split(separator, self.look)[: self.look]

    def _examine_one(self, repetition: str, segment: Segment, at: tuple[int, int], found: Found) -> None:
        """Check one repetition; `at` is the number of the segment and of the repetition."""
        whole = repetition if self.path.component is None else self._part(repetition, segment.delimiters)
        if not whole or whole == NULL:
            if self.required and self.path.component is not None:
                self._note(ErrorCondition.REQUIRED_FIELD_MISSING, self.required, *at, found)
            return
        if self.forbidden:
            self._note(ErrorCondition.NON_CONFORMANT_CARDINALITY, self.forbidden, *at, found)
        reads = READERS.get(segment.field(self.typed_by)) if self.typed_by else self.reads
        text = whole.partition(segment.delimiters.component)[0]
        if reads and self.datatype and text and not reads(text):
            self._note(ErrorCondition.DATA_TYPE_ERROR, self.datatype, *at, found)
        if self.table and text and text not in self.codes:
            self._note(ErrorCondition.TABLE_VALUE_NOT_FOUND, self.table, *at, found)
        if self.longest and len(whole) > self.length and len(unescape(whole, segment.delimiters)) > self.length:
            self._note(ErrorCondition.VALUE_TOO_LONG, self.longest, *at, found)

    def _part(self, repetition: str, delimiters: Delimiters) -> str:
        for separator, number in (
            (delimiters.component, self.path.component),
            (delimiters.subcomponent, self.path.subcomponent),
        ):
            if number is not None:
                parts = repetition.split(separator, number) if separator else [repetition]
                repetition = parts[number - 1] if number <= len(parts) else ""
        return repetition

    def _note(
        self, condition: ErrorCondition, severity: Severity, sequence: int, repetition: int, found: Found
    ) -> None:
        path = self.path
        where = Path(path.segment, path.field, sequence, repetition, path.component, path.subcomponent)
        found.add(condition, where, severity)


def is_blank(value: str, delimiters: Delimiters) -> bool:
    """Whether a field says nothing: separators and blanks alone, or the NULL that erases."""
    return value == NULL or not value.strip(f"{delimiters.component}{delimiters.repetition}{delimiters.subcomponent} ")
