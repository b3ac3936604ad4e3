"""Errors that an acknowledgment reports: conditions, severities and the ERR segment of each version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum

from engine.hl7.delimiters import Delimiters
from engine.hl7.path import ALL, Path


class ErrorCondition(Enum):
    """What is wrong with a message (table 0357); the value is code and text."""

    MESSAGE_ACCEPTED = ("0", "Message accepted")
    SEGMENT_SEQUENCE_ERROR = ("100", "Segment sequence error")
    REQUIRED_FIELD_MISSING = ("101", "Required field missing")
    DATA_TYPE_ERROR = ("102", "Data type error")
    TABLE_VALUE_NOT_FOUND = ("103", "Table value not found")
    VALUE_TOO_LONG = ("104", "Value too long")
    NON_CONFORMANT_CARDINALITY = ("198", "Non-Conformant Cardinality")
    OTHER_HL7_ERROR = ("199", "Other HL7 Error")
    UNSUPPORTED_MESSAGE_TYPE = ("200", "Unsupported message type")
    UNSUPPORTED_EVENT_CODE = ("201", "Unsupported event code")
    UNSUPPORTED_PROCESSING_ID = ("202", "Unsupported processing id")
    UNSUPPORTED_VERSION_ID = ("203", "Unsupported version id")
    UNKNOWN_KEY_IDENTIFIER = ("204", "Unknown key identifier")
    DUPLICATE_KEY_IDENTIFIER = ("205", "Duplicate key identifier")
    APPLICATION_RECORD_LOCKED = ("206", "Application record locked")
    APPLICATION_INTERNAL_ERROR = ("207", "Application internal error")

    @property
    def code(self) -> str:
        """ERR-3.1."""
        return self.value[0]

    @property
    def text(self) -> str:
        """ERR-3.2."""
        return self.value[1]


CONDITIONS = {condition.code: condition for condition in ErrorCondition}


class Severity(StrEnum):
    """How bad an error is (ERR-4, table 0516)."""

    ERROR = "E"
    WARNING = "W"
    INFORMATION = "I"
    FATAL = "F"


@dataclass(frozen=True, slots=True)
class ReportedError:
    """One error to report: the condition, where it is (None for the message as a whole) and how bad it is."""

    condition: ErrorCondition
    where: Path | None = None
    severity: Severity = Severity.ERROR


def coded(condition: ErrorCondition, delimiters: Delimiters, separator: str) -> str:
    """The condition as code, text and coding system; the code alone where there is no separator."""
    if not separator:
        return condition.code
    # A delimiter within the text, only - can be one, is told as a blank: there may be no escape character.
    text = condition.text.translate(dict.fromkeys(delimiters.encoded, " "))
    return separator.join((condition.code, text, "HL70357"))


def located_errors(errors: Sequence[ReportedError], delimiters: Delimiters) -> list[str]:
    """ERR segments of v2.5 and later, one an error: ERR-2 location, ERR-3 condition, ERR-4 severity."""
    return [
        delimiters.field.join(
            (
                "ERR",
                "",
                delimiters.component.join(_location(error.where)),
                coded(error.condition, delimiters, delimiters.component),
                error.severity,
            )
        )
        for error in errors
    ]


def repeated_errors(errors: Sequence[ReportedError], delimiters: Delimiters) -> list[str]:
    """The one ERR segment of v2.4 and before: ERR-1, an error a repetition, segment^sequence^field^code."""
    repetitions = []
    for error in errors:
        segment, sequence, field, *_ = (*_location(error.where), "", "", "")
        code = coded(error.condition, delimiters, delimiters.subcomponent)
        repetitions.append(delimiters.component.join((segment, sequence, field, code)))
    return [f"ERR{delimiters.field}{delimiters.repetition.join(repetitions)}"]


def _location(where: Path | None) -> list[str]:
    """The path as the components of an ERL, as far as it goes."""
    if where is None:
        return []
    numbers = [where.sequence, where.field, where.repetition, where.component or 0, where.subcomponent or 0]
    if where.component is None and where.repetition == 1:
        numbers[2] = 0
    while numbers and not numbers[-1]:
        numbers.pop()
    return [where.segment, *("" if number == ALL else str(number) for number in numbers)]
