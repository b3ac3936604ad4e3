"""What is asked of the city: how much, how long, how faulty, and from which seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

FIRST_DAY = date(2025, 7, 1)
"""The day on which the city got its communes of today."""

FAULTY = 0.02
"""The share of messages that something is wrong with, or that come twice, late or out of order."""

CONSULTATION, STAY = 9.2, 76.0
"""Messages that tell of a visit by day and of a stay, with those of visits that follow from it.

Estimates for the city are 8 and 70, for the visit alone.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """One simulation; the same plan, of the same facilities and version of the engine, makes the same messages.

    The visits are spread so that `messages` messages take about `days` days; their number is kept exactly.
    """

    seed: int = 79
    messages: int = 1000
    days: int = 7
    first: date = FIRST_DAY
    faulty: float = FAULTY
