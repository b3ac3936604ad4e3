from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tools.sql_on_fhir import REPORT, Case, cases, difference, report_bytes

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_official_case_passes(case: Case) -> None:
    assert difference(case) == ""


def test_the_report_of_the_official_cases_is_what_they_give_now() -> None:
    assert REPORT.read_bytes() == report_bytes(), "run python -m tools.sql_on_fhir"


def test_the_report_names_every_case_once() -> None:
    told = orjson.loads(Path(REPORT).read_bytes())
    assert [one["name"] for file in told.values() for one in file["tests"]] == [case.title for case in CASES]
    assert len({str(case) for case in CASES}) == len(CASES) > 120


def test_another_row_column_or_the_lack_of_an_error_is_a_difference() -> None:
    case = next(case for case in CASES if case.title == "column ordering")
    assert "rows" in difference(case._replace(content={**case.content, "expect": []}))
    assert "columns" in difference(case._replace(content={**case.content, "expectColumns": ["a"]}))
    assert "error" in difference(case._replace(content={**case.content, "expectError": True}))
