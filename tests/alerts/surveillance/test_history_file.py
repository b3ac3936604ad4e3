"""Files of history: counts of wards of before become counts of the communes of today."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.alerts.surveillance.history_file import read_history
from engine.alerts.surveillance.records import history_of, history_plain
from engine.language.fault import Faults

HEADER = "disease,list,commune,year,week,month,cases,epidemic\n"


def written(folder: Path, *rows: str) -> Path:
    path = folder / "history.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_wards_of_before_add_up_to_their_commune(tmp_path: Path) -> None:
    rows = ("dengue,legacy,25747,2023,27,,4,", "dengue,legacy,25753,2023,27,,3,", "dengue,2025,25747,2025,27,,8,")
    found = read_history(written(tmp_path, *rows))
    history = found.histories["dengue", "25747"]
    assert history.weeks == {2023: {27: 7}, 2025: {27: 8}}
    assert (found.cases, found.divided) == (15, 0)


def test_cases_of_wards_that_were_divided_are_told(tmp_path: Path) -> None:
    found = read_history(written(tmp_path, "dengue,legacy,25741,2023,27,,4,", "dengue,legacy,25747,2023,27,,1,"))
    assert (found.cases, found.divided) == (5, 4)


def test_a_year_that_a_file_knows_is_known_of_every_commune(tmp_path: Path) -> None:
    rows = ("dengue,2025,25747,2024,1,,1,", "dengue,2025,27301,2025,1,,1,", "mumps,2025,27301,2023,1,,1,")
    found = read_history(written(tmp_path, *rows)).histories
    assert found["dengue", "25747"].weeks == {2024: {1: 1}, 2025: {}}
    assert found["dengue", "25747"].months == {}
    assert found["mumps", "27301"].weeks == {2023: {1: 1}}


def test_a_year_of_an_epidemic_is_marked_for_its_commune(tmp_path: Path) -> None:
    rows = ("dengue,2025,25747,2022,,7,90,yes", "dengue,2025,27301,2022,,7,2,")
    found = read_history(written(tmp_path, *rows)).histories
    assert found["dengue", "25747"].epidemic_years == {2022}
    assert found["dengue", "27301"].epidemic_years == frozenset()
    assert history_of(history_plain(found["dengue", "25747"])) == found["dengue", "25747"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("dengue,2025,25747,2023,54,,4,", "A130"),
        ("dengue,2025,25747,2025,53,,4,", "A130"),
        ("dengue,2025,25747,2025,1,,-4,", "A130"),
        ("dengue,2025,25747,2023,1,1,4,", "A131"),
        ("dengue,2025,25747,2023,,,4,", "A131"),
        ("dengue,old,25747,2023,1,,4,", "A132"),
        ("dengue,2025,25741,2023,1,,4,", "A133"),
        ("dengue,legacy,00001,2023,1,,4,", "A133"),
    ],
)
def test_a_row_that_says_nothing_is_a_fault(tmp_path: Path, row: str, code: str) -> None:
    with pytest.raises(Faults) as caught:
        read_history(written(tmp_path, row))
    assert [fault.code for fault in caught.value.faults] == [code]


def test_a_year_of_53_weeks_has_a_week_53(tmp_path: Path) -> None:
    found = read_history(written(tmp_path, "dengue,2025,25747,2026,53,,4,")).histories
    assert found["dengue", "25747"].weeks == {2026: {53: 4}}
