"""Lengths of time in texts that mappings put together: `30 min`, and with what they begin at: `20251008/30 min`."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from engine.hl7.timestamp import Precision, TimestampFault, read_loosely, to_fhir_datetime

_SPAN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([A-Za-z]{1,7})\Z")
_SPELLINGS = {
    1: ("s", "sec", "second", "seconds"),
    60: ("m", "min", "mins", "minute", "minutes"),
    3600: ("h", "hr", "hrs", "hour", "hours"),
    86_400: ("d", "day", "days"),
    604_800: ("w", "wk", "week", "weeks"),
}
_SECONDS = {spelling: seconds for seconds, spellings in _SPELLINGS.items() for spelling in spellings}
_DAY = 86_400


def later(text: str, zone: ZoneInfo) -> str | None:
    """The time before the slash and what is behind it, as a dateTime: `20251008093000/30 min` is 10:00 of that day."""
    return _away(text, zone, 1)


def earlier(text: str, zone: ZoneInfo) -> str | None:
    """The time before the slash, less what is behind it, as a dateTime."""
    return _away(text, zone, -1)


def minutes(text: str) -> int | None:
    """The whole minutes of a length of time: 120 of `2 h`."""
    seconds = _seconds(text)
    return int(seconds) // 60 if seconds is not None and not seconds % 60 else None


def _seconds(text: str) -> float | None:
    match = _SPAN.match(text.strip())
    seconds = _SECONDS.get(match[2].lower()) if match else None
    return round(float(match[1]) * seconds, 6) if match and seconds else None


def _away(text: str, zone: ZoneInfo, sign: int) -> str | None:
    """The time moved, as exact as it was; a day without a time of day is moved by whole days alone."""
    begin, _, span = text.partition("/")
    seconds = _seconds(span)
    if seconds is None:
        return None
    try:
        sent = read_loosely(begin, zone)
        days = seconds % _DAY == 0 and sent.precision == Precision.DAY
        if not days and sent.precision < Precision.MINUTE:
            return None
        moved = sent.moment.astimezone(UTC) + timedelta(seconds=sign * seconds)
        return to_fhir_datetime(sent._replace(moment=moved.astimezone(sent.moment.tzinfo)))
    except (TimestampFault, OverflowError):
        return None
