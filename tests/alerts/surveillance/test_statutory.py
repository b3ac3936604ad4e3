"""The limits of the law, on an example that is worked out by hand in docs/explanation/surveillance.md."""

from __future__ import annotations

import math

import pytest

from engine.alerts.surveillance.history import History, Month
from engine.alerts.surveillance.statutory import Level, Limits, Seen, Spread, level, limits
from engine.alerts.surveillance.weeks import Week

WEEK = Week(2026, 27)
MONTH = Month(2026, 7)
HISTORY = History(
    weeks={2021: {27: 2}, 2022: {27: 40}, 2023: {27: 4}, 2024: {27: 6}, 2025: {27: 8}},
    months={2021: {7: 10}, 2022: {7: 170}, 2023: {7: 14}, 2024: {7: 22}, 2025: {7: 34}},
    epidemic_years=frozenset({2022}),
)
"""Of the week 2, 4, 6, 8 count: mean 5, deviation sqrt(20/3). Of the month 10, 14, 22, 34: mean 20, sqrt(112)."""


def _limits(history: History = HISTORY) -> Limits:
    return limits(history.of_week(WEEK), history.of_month(MONTH))


def test_the_limits_of_the_worked_example() -> None:
    found = _limits()
    assert found.alert == pytest.approx(5 + math.sqrt(20 / 3), abs=1e-6)
    assert found.high == pytest.approx(5 + 2 * math.sqrt(20 / 3), abs=1e-6)
    assert found.epidemic == pytest.approx(20 + 2 * math.sqrt(112), abs=1e-6)


@pytest.mark.parametrize(
    ("week", "month", "expected"),
    [
        (0, 0, Level.NONE),
        (7, 20, Level.NONE),
        (8, 20, Level.ALERT),
        (11, 41, Level.ALERT),
        (7, 41, Level.NONE),
        (7, 42, Level.EPIDEMIC),
        (30, 42, Level.EPIDEMIC),
    ],
)
def test_a_disease_that_is_endemic_is_judged_by_the_years_before(week: int, month: int, expected: Level) -> None:
    assert level(Spread.ENDEMIC, Seen(week, month), _limits()) is expected


def test_more_cases_still_do_not_end_an_alert() -> None:
    assert level(Spread.ENDEMIC, Seen(11, 20), _limits()) is Level.ALERT


def test_a_year_of_an_epidemic_is_no_measure() -> None:
    counted = History(HISTORY.weeks, HISTORY.months)
    assert level(Spread.ENDEMIC, Seen(8, 20), limits(counted.of_week(WEEK), counted.of_month(MONTH))) is Level.NONE


def test_too_few_years_are_no_limit() -> None:
    short = History({2024: {27: 1}, 2025: {27: 2}}, {2024: {7: 1}, 2025: {7: 2}})
    assert _limits(short) == Limits(None, None, None)
    assert level(Spread.ENDEMIC, Seen(500, 500), _limits(short)) is Level.NONE


def test_only_the_five_years_before_count() -> None:
    old = History({year: {27: 9} for year in range(2010, 2021)})
    assert old.of_week(WEEK) is None


def test_a_known_year_without_the_week_had_no_case() -> None:
    quiet = History({2023: {}, 2024: {}, 2025: {3: 9}})
    assert level(Spread.ENDEMIC, Seen(0, 0), limits(quiet.of_week(WEEK), None)) is Level.NONE
    assert level(Spread.ENDEMIC, Seen(1, 1), limits(quiet.of_week(WEEK), None)) is Level.ALERT


def test_week_53_is_compared_with_the_last_week_of_shorter_years() -> None:
    history = History({2020: {53: 3}, 2021: {52: 4}, 2022: {52: 5}, 2023: {52: 6}, 2024: {52: 7}, 2025: {52: 8}})
    found = history.of_week(Week(2026, 53))
    assert found is not None
    assert found.mean == 6


def test_one_confirmed_case_of_group_a_is_an_alert() -> None:
    assert level(Spread.GROUP_A, Seen(1, 1, confirmed=0), _limits()) is Level.NONE
    assert level(Spread.GROUP_A, Seen(1, 1, confirmed=1), _limits()) is Level.ALERT


def test_linked_cases_count_where_a_disease_is_not_endemic() -> None:
    assert level(Spread.NOT_ENDEMIC, Seen(9, 9, linked_week=2, linked_month=4), _limits()) is Level.NONE
    assert level(Spread.NOT_ENDEMIC, Seen(3, 3, linked_week=3, linked_month=3), _limits()) is Level.ALERT
    assert level(Spread.NOT_ENDEMIC, Seen(3, 5, linked_week=3, linked_month=5), _limits()) is Level.EPIDEMIC
