"""Intervals between times of the day: a clock may be set back, and nothing may wait until it has caught up."""

from __future__ import annotations


def is_over(since_us: int, now_us: int, span_us: int) -> bool:
    """Whether so many microseconds went by; they did, too, where the clock was set back behind `since`."""
    return not 0 <= now_us - since_us < span_us
