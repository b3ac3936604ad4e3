"""Weeks from Monday to Sunday as ISO 8601 numbers them, which is how notifiable diseases are counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Ho_Chi_Minh")


class Week(NamedTuple):
    """A week by the year that it belongs to, which has its Thursday, and its number from 1."""

    year: int
    number: int

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    def days(self) -> tuple[date, ...]:
        """Its seven days."""
        return tuple(self.monday + timedelta(days=one) for one in range(7))

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    def __str__(self) -> str:
        """As ISO 8601 writes it: 2026-W47."""
        return f"{self.year}-W{self.number:02d}"

    def before(self, weeks: int) -> Week:
        """The week so many weeks before."""
        return week_of(self.monday - timedelta(weeks=weeks))

    def in_year(self, year: int) -> Week:
        """The same week of another year; of a year without a week 53 its last one."""
        return Week(year, min(self.number, last_week(year)))


def week_of(day: date) -> Week:
    """The week that a day lies in."""
    year, number, _ = day.isocalendar()
    return Week(year, number)


def read_week(text: str) -> Week:
    """The week that a text such as 2026-W47, or a day in it such as 2026-11-20, names; raises ValueError."""
    return week_of(date.fromisoformat(text))


def last_week(year: int) -> int:
    """52 or 53: the week of 28 December is always the last one of its year."""
    return date(year, 12, 28).isocalendar().week


def day_of(moment_us: int, zone: ZoneInfo = CITY) -> date:
    """The day that a moment in microseconds since the epoch lies in, where the city is."""
    return datetime.fromtimestamp(moment_us / 1_000_000, UTC).astimezone(zone).date()
