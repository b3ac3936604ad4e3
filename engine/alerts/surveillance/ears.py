"""EARS: the statistics C1, C2 and C3 of daily counts, for places and diseases without years of history.

Hutwagner, Thompson, Seeman, Treadwell: The bioterrorism preparedness and response Early Aberration Reporting System,
J Urban Health 80 (2003), i89-i96; in formulas Fricker, Hegler, Dunfee: Comparing syndromic surveillance detection
methods, Stat Med 27 (2008), 3407-3429. docs/explanation/surveillance.md writes them out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

BASELINE = 7
"""Days of which mean and standard deviation are taken."""
LAG = 2
"""Days between the baseline and the day looked at, of C2 and C3: an outbreak that rises slowly does not raise them."""
DAYS = BASELINE + LAG + 2 + 1
"""Days that C3 of the last one looks at."""
ALARM_C1 = ALARM_C2 = 3.0
ALARM_C3 = 2.0
"""An alarm is a statistic above these."""

Count = int | None
"""Cases of a day; None for a day of which nothing is known."""


class Baseline(NamedTuple):
    """Mean and sample standard deviation of the days before a day, and of how many days."""

    mean: float
    sd: float
    days: int

    def statistic(self, count: int, least_sd: float) -> float:
        """How many standard deviations a count lies above the mean; infinite where they are nothing and it is above."""
        above, sd = count - self.mean, max(self.sd, least_sd)
        if sd > 0:
            return above / sd
        return math.copysign(math.inf, above) if above else 0.0


class Ears(NamedTuple):
    """The statistics of one day; None where too few days are known."""

    c1: float | None
    c2: float | None
    c3: float | None

    @property
    def alarms(self) -> tuple[str, ...]:
        """Which of them are above their limits: `C1`, `C2`, `C3`."""
        limits = (("C1", self.c1, ALARM_C1), ("C2", self.c2, ALARM_C2), ("C3", self.c3, ALARM_C3))
        return tuple(name for name, found, limit in limits if found is not None and found > limit)


def ears(counts: Sequence[Count], least_sd: float = 0.0, least_days: int = BASELINE) -> Ears:
    """C1, C2 and C3 of the last of these days.

    `least_sd` stands in for a smaller standard deviation, so that one case after a week of none is no alarm by itself.
    A baseline in which fewer than `least_days` (2 or more) days are known gives no statistic.
    """
    last = len(counts) - 1
    c2 = [_statistic(counts, last - back, LAG, least_sd, least_days) for back in range(3)]
    known = [one for one in c2 if one is not None]
    c3 = sum(max(0.0, one - 1.0) for one in known) if len(known) == 3 else None
    return Ears(_statistic(counts, last, 0, least_sd, least_days), c2[0], c3)


def _statistic(counts: Sequence[Count], day: int, lag: int, least_sd: float, least_days: int) -> float | None:
    count = counts[day] if 0 <= day < len(counts) else None
    baseline = baseline_of(counts, day, lag)
    if count is None or baseline is None or baseline.days < least_days:
        return None
    return baseline.statistic(count, least_sd)


def baseline_of(counts: Sequence[Count], day: int, lag: int) -> Baseline | None:
    """What the BASELINE days that end `lag` days before the day before `day` come to; None of fewer than two."""
    stop = day - lag
    known = [one for one in counts[max(0, stop - BASELINE) : max(0, stop)] if one is not None]
    return baseline(known)


def baseline(known: Sequence[int]) -> Baseline | None:
    """Mean and sample standard deviation (of n - 1); None of fewer than two counts."""
    if len(known) < 2:
        return None
    mean = math.fsum(known) / len(known)
    squares = math.fsum((one - mean) ** 2 for one in known)
    return Baseline(mean, math.sqrt(squares / (len(known) - 1)), len(known))
