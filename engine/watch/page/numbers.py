"""Times and counts as people read them, in the city's time zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.facilities.facility import CITY_ZONE
from engine.watch.page.html import Markup, tag
from engine.watch.page.words import VIETNAMESE

MICRO = 1_000_000
NARROW = "\u202f"
"""A space at which no line breaks."""
_STEPS = ((90, 1, "ago_s"), (90 * 60, 60, "ago_m"), (48 * 3600, 3600, "ago_h"))
DAY = 86_400


def ago(at_us: int, now_us: int, words: Mapping[str, str]) -> Markup:
    """How long ago something was, with its time behind it; 0 is never."""
    if not at_us:
        return tag("span", words["never"])
    seconds = max(now_us - at_us, 0) // MICRO
    size, name = next(((size, name) for limit, size, name in _STEPS if seconds < limit), (DAY, "ago_d"))
    moment = datetime.fromtimestamp(at_us // MICRO, CITY_ZONE)
    return tag("time", words[name].format(seconds // size), datetime=moment.isoformat(), title=moment.isoformat(" "))


def clock(at_us: int) -> Markup:
    """A time of day with its date."""
    moment = datetime.fromtimestamp(at_us // MICRO, CITY_ZONE)
    return tag("time", moment.strftime("%Y-%m-%d %H:%M:%S"), datetime=moment.isoformat())


def number(count: int, language: str) -> str:
    """A count in groups of three, as the language has them."""
    grouped = f"{count:,}"
    return grouped.replace(",", ".") if language == VIETNAMESE else grouped


def share(part: int, whole: int) -> str:
    """A part of a whole in percent; a dash of nothing."""
    return f"{100 * part / whole:.0f}{NARROW}%" if whole else "—"
