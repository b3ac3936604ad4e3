"""Hours of a week and of holidays: what is alike for whoever sends messages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays

CITY = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR_US = 3_600_000_000
HOLIDAY, SUNDAY = "h", "6"

Slot = str
"""`0-8` is Monday from eight to nine, `h-8` the same hour of a holiday."""


def hour_of(moment_us: int) -> int:
    """The beginning of the hour of a moment; Vietnam has whole hours from UTC."""
    return moment_us - moment_us % HOUR_US


def slot_of(moment_us: int) -> Slot:
    """The slot of an hour."""
    return _slot(moment_us // HOUR_US)


@lru_cache(maxsize=8192)
def _slot(hour: int) -> Slot:
    """Of an hour since the epoch; all facilities ask for the same ones."""
    local = datetime.fromtimestamp(hour * 3600, UTC).astimezone(CITY)
    day = HOLIDAY if is_holiday(local.date()) else str(local.weekday())
    return f"{day}-{local.hour}"


def is_holiday(day: date) -> bool:
    """Whether it is a public holiday of Vietnam, Tết among them, or a day off in place of one."""
    return day in _holidays(day.year)


@cache
def _holidays(year: int) -> Any:
    return holidays.country_holidays("VN", years=year)
