"""The list of diseases that are to be notified, and the deadlines that it sets."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from engine.alerts.diseases import COLUMNS, due_us, read_diseases, read_time
from engine.alerts.notifiable_file import read_zone
from engine.language.sheet import read_sheet

LIST = Path("mappings/alerts/notifiable_qd97_2026.csv")
CITY = read_zone("+07:00")
HOUR_US = 3_600_000_000


def moment(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("code", "disease"),
    [
        ("B05", "24h-18"),
        ("B05.9", "24h-18"),
        ("B059", "24h-18"),
        ("J09", "24h-3"),
        ("A97.1", "48h-10"),
        ("A83.0", "48h-17"),
        ("A83.1", "week-22"),
        ("B83.0", "week-29"),
        ("B83.1", "week-28"),
        ("G00.1", "week-5"),
        ("G00.2", "48h-8"),
        ("B50.9", "48h-11"),
    ],
)
def test_a_code_is_of_the_disease_that_says_most_of_it(code: str, disease: str) -> None:
    diseases = read_diseases(read_sheet(LIST, COLUMNS, ("icd10",)).value)  # type: ignore[arg-type]  # a list of rows
    found = diseases.find(code)
    assert found is not None
    assert found.id == disease


@pytest.mark.parametrize("code", ["", "B0", "I10", "G00.9", "A9", "A98.9"])
def test_a_code_that_the_list_lacks_is_of_no_disease(code: str) -> None:
    diseases = read_diseases(read_sheet(LIST, COLUMNS, ("icd10",)).value)  # type: ignore[arg-type]  # as above
    assert diseases.find(code) is None


def test_the_list_is_whole() -> None:
    diseases = read_diseases(read_sheet(LIST, COLUMNS, ("icd10",)).value).all  # type: ignore[arg-type]  # as above
    names = [name for one in diseases for name in one.name.split("; ")]
    assert len(names) == 18 + 17 + 46 - 1, "one of group A is new and has no code"


@pytest.mark.parametrize(
    ("deadline", "diagnosed", "due"),
    [
        ("24h", "2026-11-25T08:00+07:00", "2026-11-26T08:00+07:00"),
        ("48h", "2026-11-25T08:00+07:00", "2026-11-27T08:00+07:00"),
        ("week", "2026-11-23T00:00+07:00", "2026-12-02T00:00+07:00"),
        ("week", "2026-11-29T23:59+07:00", "2026-12-02T00:00+07:00"),
        ("week", "2026-11-29T17:00+00:00", "2026-12-09T00:00+07:00"),
    ],
)
def test_a_deadline_runs_from_the_diagnosis_in_the_time_of_the_city(deadline: str, diagnosed: str, due: str) -> None:
    assert due_us(deadline, moment(diagnosed), CITY) == moment(due)


def test_a_time_is_read_with_its_zone_and_a_date_begins_with_its_day() -> None:
    assert read_time("2026-11-25T08:00:00+07:00", CITY) == moment("2026-11-25T01:00+00:00")
    assert read_time("2026-11-25", CITY) == moment("2026-11-25T00:00+07:00")
    assert read_time("2026", CITY) is None
