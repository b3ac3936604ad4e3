"""Dates and times of any precision: which is earlier, and the earliest and the latest moment that one may mean."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

TEMPORAL = frozenset({"date", "dateTime", "instant", "time"})

_DATE = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T(\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(Z|[+-]\d{2}:\d{2})?)?\Z", re.ASCII
)
_TIME = re.compile(r"(\d{2})(?::(\d{2})(?::(\d{2}(?:\.\d+)?))?)?\Z", re.ASCII)
_DATE_PARTS = 3
EARLIEST, LATEST = "+14:00", "-12:00"
"""Zones where a day begins first and ends last."""


class Moment(NamedTuple):
    """The parts that are there, greatest first, and the zone, "" without one."""

    parts: tuple[Decimal, ...]
    zone: str


def compare(left: object, right: object) -> int | None:
    """-1, 0 or 1; None where the precision of one leaves it open, or one is no moment."""
    first, second = _moment(left), _moment(right)
    if first is None or second is None:
        return None
    if len(first.parts) > _DATE_PARTS and len(second.parts) > _DATE_PARTS:
        if bool(first.zone) != bool(second.zone):
            return None
        first, second = _in_utc(first), _in_utc(second)
    for one, other in zip(first.parts, second.parts, strict=False):
        if one != other:
            return -1 if one < other else 1
    return 0 if len(first.parts) == len(second.parts) else None


def low_boundary(text: str, kind: str) -> str | None:
    """The earliest moment of this type that a text may mean, to the millisecond; None for no moment."""
    return _boundary(text, kind, late=False)


def high_boundary(text: str, kind: str) -> str | None:
    """The latest moment of this type that a text may mean, to the millisecond; None for no moment."""
    return _boundary(text, kind, late=True)


def _boundary(text: str, kind: str, *, late: bool) -> str | None:
    if kind == "time":
        found = _TIME.match(text)
        return _clock(found[1], found[2], found[3], late) if found else None
    found = _DATE.match(text)
    if found is None or not 1 <= int(found[2] or 1) <= 12:
        return None
    month = found[2] or ("12" if late else "01")
    day = found[3] or (monthrange(int(found[1]) or 1, int(month))[1] if late else "01")
    date = f"{found[1]}-{month}-{day}"
    if kind == "date":
        return date
    zone = found[7] or (LATEST if late else EARLIEST)
    return f"{date}T{_clock(found[4], found[5], found[6], late)}{zone}"


def _clock(hour: str | None, minute: str | None, second: str | None, late: bool) -> str:
    whole, _, fraction = (second or ("59" if late else "00")).partition(".")
    thousandths = fraction.ljust(3, "9" if late else "0")[:3]
    return f"{hour or ('23' if late else '00')}:{minute or ('59' if late else '00')}:{whole}.{thousandths}"


def _moment(value: object) -> Moment | None:
    if not isinstance(value, str):
        return None
    found = _DATE.match(value)
    if found:
        return Moment(tuple(Decimal(part) for part in found.groups()[:6] if part), found[7] or "")
    found = _TIME.match(value)
    return Moment(tuple(Decimal(part) for part in found.groups() if part), "") if found else None


def _in_utc(moment: Moment) -> Moment:
    if moment.zone in ("", "Z"):
        return moment
    sign = -1 if moment.zone[0] == "-" else 1
    shift = sign * timedelta(hours=int(moment.zone[1:3]), minutes=int(moment.zone[4:6]))
    year, month, day, hour, minute = map(int, moment.parts[:5])
    try:
        local = datetime(year, month, day, hour, minute, tzinfo=UTC) - shift
    except (ValueError, OverflowError):
        return moment
    date = (local.year, local.month, local.day, local.hour, local.minute)
    return Moment((*map(Decimal, date), *moment.parts[5:]), "Z")
