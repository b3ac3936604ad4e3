from __future__ import annotations

from engine.hl7.conformance.found import MOST_ERRORS, Found
from engine.hl7.errors import ErrorCondition, Severity
from engine.hl7.path import Path


def test_an_error_is_told_once() -> None:
    found = Found()
    for _ in range(3):
        found.add(ErrorCondition.DATA_TYPE_ERROR, Path("PID", 7), Severity.ERROR)
    assert len(found.told()) == 1


def test_no_more_is_kept_than_is_told() -> None:
    found = Found()
    for severity in (Severity.WARNING, Severity.ERROR):
        for number in range(1, 100):
            found.add(ErrorCondition.DATA_TYPE_ERROR, Path("PID", number), severity)
    assert len(found._errors) == len(found._warnings) == MOST_ERRORS
    assert {error.severity for error in found.told()} == {Severity.ERROR}
