"""When people come: by season, day of the week and hour; and how many visits so many messages are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random

WEEKDAYS = (1.25, 1.1, 1.05, 1.05, 1.1, 0.75, 0.45)
"""From Monday on."""
HOURS = (1, 1, 1, 1, 1, 3, 10, 18, 17, 14, 10, 5, 5, 9, 10, 8, 6, 4, 4, 3, 3, 2, 2, 1)
_HOURS = tuple(range(24))
_MINUTES = 60


def arrivals(rng: Random, first: date, a_day: float) -> Iterator[datetime]:
    """The times at which visits begin, in order and without end, `a_day` of them on a day of average."""
    for day in (first + timedelta(days=number) for number in count()):
        expected = a_day * WEEKDAYS[day.weekday()] / (sum(WEEKDAYS) / len(WEEKDAYS))
        number = int(expected + rng.random())
        hours = rng.choices(_HOURS, HOURS, k=number)
        yield from sorted(
            datetime.combine(day, time(hour, rng.randrange(_MINUTES), rng.randrange(_MINUTES))) for hour in hours
        )
