"""Dead letters of the last day, counted by their reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

HOUR_US = 3_600_000_000
HOURS = 24


class Letters:
    """Counts by hour, so that old ones can be forgotten."""

    def __init__(self) -> None:
        self._hours: dict[int, Counter[str]] = {}

    def add(self, reason: str, at_us: int) -> None:
        """Count a dead letter that was written at this time."""
        self._hours.setdefault(at_us // HOUR_US, Counter())[reason] += 1

    def last_day(self, now_us: int) -> list[tuple[str, int]]:
        """Reasons and counts of the last 24 hours, the most frequent first; older ones are forgotten."""
        oldest = now_us // HOUR_US - HOURS
        self._hours = {hour: counts for hour, counts in self._hours.items() if hour > oldest}
        return sum(self._hours.values(), Counter[str]()).most_common()

    def body(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {str(hour): dict(counts) for hour, counts in self._hours.items()}

    def restore(self, body: Mapping[str, Any]) -> None:
        """Go on from what `body` was made of; raises AttributeError or ValueError where it was made of none."""
        self._hours = {int(hour): Counter(dict(counts)) for hour, counts in body.items()}
