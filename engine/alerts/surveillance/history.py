"""What was counted in the years before, for a disease and a commune: by week and by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.alerts.surveillance.ears import Baseline, baseline
from engine.alerts.surveillance.weeks import Week

YEARS = 5
"""The years before this one that the limits are of."""
LEAST_YEARS = 3
"""With fewer of them there is no limit: two numbers have no spread to speak of."""


class Month(NamedTuple):
    """A month of a year."""

    year: int
    number: int


@dataclass(frozen=True, slots=True)
class History:
    """Cases by year and week or month.

    A year is known when `weeks` or `months` names it; what it has no number for is 0. Years of an epidemic count for no
    limit (Circular 15/2026/TT-BYT, article 22).
    """

    weeks: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    months: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    epidemic_years: frozenset[int] = frozenset()

    def of_week(self, week: Week, least_years: int = LEAST_YEARS) -> Baseline | None:
        """Mean and standard deviation of the same week in the five years before; None with too few years."""
        years = self._years(self.weeks, week.year)
        return _of([self.weeks[year].get(week.in_year(year).number, 0) for year in years], least_years)

    def of_month(self, month: Month, least_years: int = LEAST_YEARS) -> Baseline | None:
        """The same of a month."""
        years = self._years(self.months, month.year)
        return _of([self.months[year].get(month.number, 0) for year in years], least_years)

    def _years(self, known: Mapping[int, Mapping[int, int]], year: int) -> list[int]:
        before = range(year - YEARS, year)
        return [one for one in before if one in known and one not in self.epidemic_years]


def _of(counts: list[int], least_years: int) -> Baseline | None:
    return baseline(counts) if len(counts) >= least_years else None
