"""When a commune is on alert, and when it has an epidemic: Circular 15/2026/TT-BYT, articles 22 and 16."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from engine.alerts.surveillance.ears import Baseline

LINKED_ALERT = 3
"""Linked cases within a week, of a disease that is not endemic in the commune (article 22)."""
LINKED_EPIDEMIC = 5
"""Linked cases within a month (article 16)."""
GROUP_A_ALERT = 1
"""Confirmed cases of a disease of group A (article 22)."""


class Spread(StrEnum):
    """How the law looks at a disease in a commune."""

    GROUP_A = "group-a"
    ENDEMIC = "endemic"
    """Of group B or C, and always there."""
    NOT_ENDEMIC = "not-endemic"
    """Of group B or C, and not always there."""


class Level(StrEnum):
    """What is declared."""

    NONE = "none"
    ALERT = "alert"
    EPIDEMIC = "epidemic"


class Seen(NamedTuple):
    """Cases of a commune: of this week so far, of this month so far, and how many of each are linked and confirmed."""

    week: int
    month: int
    linked_week: int = 0
    linked_month: int = 0
    confirmed: int = 0
    """Confirmed cases of this week, for group A."""


class Limits(NamedTuple):
    """Counts that must be exceeded; None where there is too little history."""

    alert: float | None
    """Mean and one standard deviation of the week."""
    high: float | None
    """Mean and two standard deviations of the week."""
    epidemic: float | None
    """Mean and two standard deviations of the month."""


def limits(week: Baseline | None, month: Baseline | None) -> Limits:
    """The limits that the history of a week and of a month gives."""
    return Limits(
        None if week is None else week.mean + week.sd,
        None if week is None else week.mean + 2 * week.sd,
        None if month is None else month.mean + 2 * month.sd,
    )


def level(spread: Spread, seen: Seen, found: Limits) -> Level:
    """What these cases come to.

    The circular's band of an alert ends at two standard deviations, since more is for the rule of the month to judge;
    here an alert does not end because there are more cases still. No case at all is never an alert.
    """
    if spread is Spread.GROUP_A:
        return Level.ALERT if seen.confirmed >= GROUP_A_ALERT else Level.NONE
    if spread is Spread.NOT_ENDEMIC:
        return _linked(seen)
    if found.epidemic is not None and seen.month > found.epidemic:
        return Level.EPIDEMIC
    return Level.ALERT if found.alert is not None and seen.week > found.alert else Level.NONE


def _linked(seen: Seen) -> Level:
    if seen.linked_month >= LINKED_EPIDEMIC:
        return Level.EPIDEMIC
    return Level.ALERT if seen.linked_week >= LINKED_ALERT else Level.NONE
