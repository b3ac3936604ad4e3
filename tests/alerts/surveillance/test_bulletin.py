"""A week's bulletin: against the mean of the four weeks before, and since the first of the year."""

from __future__ import annotations

import pytest

from engine.alerts.surveillance.bulletin import figures, most
from engine.alerts.surveillance.weeks import Week


def test_a_week_is_compared_with_the_mean_of_four() -> None:
    cases = {Week(2026, number): count for number, count in enumerate([10, 20, 30, 40, 50], 1)}
    found = figures(Week(2026, 5), cases)
    assert (found.cases, found.mean_before, found.since_week_1) == (50, 25.0, 150)
    assert found.change == pytest.approx(1.0)


def test_the_four_weeks_reach_into_the_year_before() -> None:
    cases = {Week(2026, 53): 8, Week(2026, 52): 4, Week(2026, 51): 0, Week(2027, 1): 4, Week(2027, 2): 2}
    found = figures(Week(2027, 2), cases)
    assert (found.mean_before, found.change, found.since_week_1) == (4.0, -0.5, 6)


def test_without_cases_before_there_is_no_change_to_tell() -> None:
    assert figures(Week(2026, 9), {Week(2026, 9): 3}).change is None


def test_a_year_of_53_weeks_is_summed_whole() -> None:
    assert figures(Week(2026, 53), {Week(2026, number): 1 for number in range(1, 54)}).since_week_1 == 53


def test_the_places_with_most_cases_come_first() -> None:
    assert most({"b": 2, "a": 2, "c": 0, "d": 9}, 2) == [("d", 9), ("a", 2)]
