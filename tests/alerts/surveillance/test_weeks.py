"""Weeks: from Monday to Sunday, in years of 52 and of 53."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.alerts.surveillance.weeks import Week, day_of, last_week, week_of


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 1, 1), Week(2026, 1)),
        (date(2025, 12, 29), Week(2026, 1)),
        (date(2025, 12, 28), Week(2025, 52)),
        (date(2026, 12, 31), Week(2026, 53)),
        (date(2027, 1, 3), Week(2026, 53)),
        (date(2027, 1, 4), Week(2027, 1)),
    ],
)
def test_a_week_belongs_to_the_year_of_its_thursday(day: date, week: Week) -> None:
    assert week_of(day) == week
    assert day in week.days()


def test_the_week_before_the_first_is_the_last_of_the_year_before() -> None:
    assert Week(2027, 1).before(1) == Week(2026, 53)
    assert Week(2026, 1).before(1) == Week(2025, 52)
    assert Week(2026, 3).before(4) == Week(2025, 51)


def test_week_53_of_a_year_without_one_is_its_last() -> None:
    assert [last_week(year) for year in (2020, 2021, 2025, 2026)] == [53, 52, 52, 53]
    assert Week(2026, 53).in_year(2025) == Week(2025, 52)
    assert Week(2026, 53).in_year(2020) == Week(2020, 53)


def test_a_day_ends_at_midnight_where_the_city_is() -> None:
    midnight = round(datetime(2026, 11, 25, 17, tzinfo=UTC).timestamp() * 1_000_000)
    assert day_of(midnight) == date(2026, 11, 26)
    assert day_of(midnight - 1) == date(2026, 11, 25)
