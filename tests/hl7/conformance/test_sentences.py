from __future__ import annotations

import pytest

from engine.hl7.conformance.sentences import describe
from engine.hl7.errors import ErrorCondition, ReportedError, Severity
from engine.hl7.path import parse_path


@pytest.mark.parametrize("condition", ErrorCondition)
def test_every_condition_has_a_line_with_its_place_and_code(condition: ErrorCondition) -> None:
    line = describe(ReportedError(condition, parse_path("PID-3[2].1")))
    assert line.startswith("PID-3[2].1: ")
    assert line.endswith(f"[{condition.code}]")
    assert " - " in line
    assert "\n" not in line


def test_a_warning_is_called_one() -> None:
    error = ReportedError(ErrorCondition.REQUIRED_FIELD_MISSING, parse_path("PV1-44"), Severity.WARNING)
    assert describe(error) == "warning: PV1-44: the field is required and empty - send a value [101]"
