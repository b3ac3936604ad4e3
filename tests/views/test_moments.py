"""Dates and times of any precision are compared, and have boundaries, as FHIRPath says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.views.moments import compare, high_boundary, low_boundary
from tests.views.making import PATIENT, values

ZONES = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1900, 2100))
MOMENTS = st.datetimes(FIRST, LAST, timezones=ZONES)


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        ("2020", "2021", -1),
        ("2020-05", "2020", None),
        ("2020-05-01", "2020-04", 1),
        ("2020-05-01", "2020-05-01T10:00:00Z", None),
        ("2020-05-01T10:00:00Z", "2020-05-01T12:00:00+02:00", 0),
        ("2020-05-01T10:00:00", "2020-05-01T12:00:00+02:00", None),
        ("2020-05-01T10:00:00.0Z", "2020-05-01T10:00:00Z", 0),
        ("10:30", "10:31:00", -1),
        ("10:30", "10:30:00", None),
        ("nonsense", "2020", None),
        (5, "2020", None),
    ],
)
def test_moments_compare(left: object, right: object, order: int | None) -> None:
    assert compare(left, right) == order


@given(MOMENTS, MOMENTS)
def test_moments_with_zones_compare_as_they_follow_one_another(one: datetime, other: datetime) -> None:
    order = (one > other) - (one < other)
    assert compare(one.isoformat(), other.isoformat()) == order


@given(MOMENTS, st.sampled_from([4, 7, 10]))
def test_a_moment_lies_between_the_boundaries_of_what_it_begins_with(moment: datetime, length: int) -> None:
    text = moment.isoformat()[:length]
    low, high = low_boundary(text, "dateTime"), high_boundary(text, "dateTime")
    assert low
    assert high
    assert datetime.fromisoformat(low) <= moment.astimezone(UTC).replace(microsecond=0) <= datetime.fromisoformat(high)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("birthDate.lowBoundary()", ["1980-02-01"]),
        ("birthDate.highBoundary()", ["1980-02-29"]),
        ("contact.period.lowBoundary()", ["2020-01-01T00:00:00.000+14:00"]),
        ("contact.period.highBoundary()", ["2021-02-28T23:59:59.999-12:00"]),
        ("@2020-01-01T10:30+07:00.highBoundary()", ["2020-01-01T10:30:59.999+07:00"]),
        ("@T10.highBoundary()", ["10:59:59.999"]),
        ("1.587.lowBoundary()", [1.5865]),
        ("1.587.highBoundary()", [1.5875]),
        ("1.lowBoundary()", [0.5]),
        ("(-1.5).highBoundary()", [-1.45]),
        ("gender.lowBoundary()", []),
        ("'nonsense'.lowBoundary()", []),
        ("active.lowBoundary()", []),
    ],
)
def test_boundary_is_the_least_or_greatest_that_a_value_means(path: str, found: list[object]) -> None:
    assert values(path) == found


def test_boundary_of_a_period_without_that_end_is_empty() -> None:
    assert values("contact.period.lowBoundary()", {**PATIENT, "contact": [{"period": {"end": "2020"}}]}) == []


def test_month_that_is_none_has_no_boundary() -> None:
    assert low_boundary("2020-13", "date") is None
