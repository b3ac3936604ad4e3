"""What a facility sends in each hour of the week and of holidays, learned from what it sent.

Where a slot is not known yet, a holiday is taken for a Sunday, and any other hour for the quietest same hour that is
known: so a cold start raises no alarm. From a mean follows how many messages a span of time lets expect; if they come
one apart from another, that none of n comes has the chance e^-n.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from engine.alerts.feeds.hours import HOLIDAY, HOUR_US, SUNDAY, Slot, hour_of, slot_of

MEMORY = 8
"""Weeks after which an hour of the past counts little: older ones fade."""
FAR = 21 * 24
"""Hours that are looked ahead."""


class Learned(NamedTuple):
    """An hour of the week: how often it was seen, up to MEMORY, and the mean of its messages."""

    seen: int
    mean: float

    def learn(self, count: int) -> Learned:
        """With one more hour."""
        seen = min(self.seen + 1, MEMORY)
        return Learned(seen, self.mean + (count - self.mean) / seen)


Profile = Mapping[Slot, Learned]
UNSEEN = Learned(0, 0.0)


def learn(profile: Profile, hour_us: int, count: int) -> dict[Slot, Learned]:
    """The profile after an hour that came to so many messages."""
    slot = slot_of(hour_us)
    return {**profile, slot: profile.get(slot, UNSEEN).learn(count)}


def mean_of(profile: Profile, slot: Slot) -> float:
    """Messages that an hour of this slot lets expect."""
    if slot in profile:
        return profile[slot].mean
    day, _, hour = slot.partition("-")
    sunday = f"{SUNDAY}-{hour}"
    if day == HOLIDAY and sunday in profile:
        return profile[sunday].mean
    alike = [one.mean for known, one in profile.items() if known.partition("-")[2] == hour]
    return min(alike, default=0.0)


def expected(profile: Profile, first_us: int, stop_us: int) -> float:
    """Messages that the time from `first_us` to `stop_us` lets expect."""
    return sum(part * mean_of(profile, slot_of(hour)) / HOUR_US for hour, part in _hours(first_us, stop_us))


def reached(profile: Profile, first_us: int, messages: float) -> int | None:
    """When the time since `first_us` lets expect so many messages; None where that is weeks off."""
    before = 0.0
    for hour, part in _hours(first_us, hour_of(first_us) + FAR * HOUR_US):
        mean = mean_of(profile, slot_of(hour))
        if mean and before + part * mean / HOUR_US >= messages:
            return max(hour, first_us) + round((messages - before) / mean * HOUR_US)
        before += part * mean / HOUR_US
    return None


def _hours(first_us: int, stop_us: int) -> Iterator[tuple[int, int]]:
    """The hours of a span, each with how much of it lies in the span."""
    for hour in range(hour_of(first_us), stop_us, HOUR_US):
        yield hour, min(hour + HOUR_US, stop_us) - max(hour, first_us)


def plain(profile: Profile) -> dict[str, Any]:
    """As JSON has it."""
    return {slot: [one.seen, round(one.mean, 4)] for slot, one in profile.items()}


def profile_of(plain: Mapping[str, Any]) -> dict[Slot, Learned]:
    """What `plain` wrote."""
    return {slot: Learned(*one) for slot, one in plain.items()}
