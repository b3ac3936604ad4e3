"""Errors in words, for people: what, where and what to do; never a value of the message."""

from __future__ import annotations

from engine.hl7.errors import ErrorCondition, ReportedError, Severity

_WORDS = {
    ErrorCondition.SEGMENT_SEQUENCE_ERROR: (
        "the segment is missing, or does not stand where the message structure has it",
        "send the segments in the structure's order",
    ),
    ErrorCondition.REQUIRED_FIELD_MISSING: ("the field is required and empty", "send a value"),
    ErrorCondition.DATA_TYPE_ERROR: ("the value is none of the field's datatype", "send it as the datatype is written"),
    ErrorCondition.TABLE_VALUE_NOT_FOUND: ("the code is none of the field's table", "send a code of the table"),
    ErrorCondition.VALUE_TOO_LONG: ("the value is longer than it may be", "send a shorter one"),
    ErrorCondition.NON_CONFORMANT_CARDINALITY: ("there is more of it than there may be", "send less of it"),
}


def describe(error: ReportedError) -> str:
    """The error as one line, such as `PID-3: the field is required and empty - send a value [101]`."""
    what, next_step = _WORDS.get(error.condition, (error.condition.text.lower(), "see table 0357"))
    where = "" if error.where is None else f"{error.where}: "
    kind = "warning: " if error.severity is Severity.WARNING else ""
    return f"{kind}{where}{what} - {next_step} [{error.condition.code}]"
