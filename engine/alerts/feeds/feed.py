"""Feeds: a facility that is silent, sends less than it does at such hours, or sends too much of what is of no use.

State, by facility: the counts of the last hours, when something came last, and the profile that was learned. Time that
passes is told apart from messages, so silence is found though nothing comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple, Self

from engine.alerts.event import Event
from engine.alerts.feeds import profile as profiles
from engine.alerts.feeds.counts import Counts, count_of, counts_of, last_us, plain, take, total
from engine.alerts.feeds.hours import HOUR_US, hour_of
from engine.alerts.feeds.profile import Profile, expected, learn, profile_of, reached
from engine.alerts.kind import Line, Signal, State, Step
from engine.canonical.feed import MINUTE_US, TYPE

GRACE_US = 10 * MINUTE_US
"""How long after its end an hour may still get counts before it is learned."""
DAY_US = 24 * HOUR_US
LONGEST_US = 91 * DAY_US
"""A facility of which so long a time lets expect too little is never silent: what closed years ago costs no more."""


class Check(StrEnum):
    """What a rule looks for."""

    SILENCE = "silence"
    """Nothing came, though so many messages were to be expected."""
    DROP = "drop"
    """Less came than part of what was to be expected."""
    SHARE = "share"
    """Too large a part of the messages is dead, late, or holds codes that no table holds."""
    COUNT = "count"
    """Too many of them are."""


class Of(StrEnum):
    """What SHARE and COUNT count."""

    DEAD = "dead"
    LATE = "late"
    UNMAPPED = "unmapped"


class Known(NamedTuple):
    """What is remembered of a facility."""

    since_us: int
    """When it was heard of first."""
    last_us: int
    """When something came last."""
    learned_us: int
    """The hours before this are in the profile."""
    profile: Profile
    counts: Counts


@dataclass(frozen=True, slots=True)
class Feed:
    """The behavior of a rule of this kind."""

    check: Check
    of: Of = Of.DEAD
    reasons: frozenset[str] = frozenset()
    expected: float = 10.0
    """SILENCE: messages that were to be expected; DROP: fewer than so many prove nothing."""
    at_least_us: int = 15 * MINUTE_US
    """SILENCE: never sooner than this after the last message."""
    window_us: int = HOUR_US
    below: float = 0.5
    above: float = 0.05
    least: float = 20.0
    """SHARE: messages of the window with fewer than which nothing is said."""
    learn_us: int = 14 * DAY_US
    """How long a facility is listened to before it is judged by its profile."""
    facilities: frozenset[str] = frozenset()
    """Those that it is about; all where there are none."""

    @property
    def settings(self) -> Mapping[str, float]:
        return {"expected": self.expected, "below": self.below, "above": self.above, "least": self.least}

    def changed(self, settings: Mapping[str, float]) -> Self:
        found = {**self.settings, **settings}
        judged = replace(self, expected=found["expected"], least=found["least"])
        return replace(judged, below=found["below"], above=found["above"])

    def key(self, event: Event) -> str | None:
        ours = event.type == TYPE and (not self.facilities or event.facility in self.facilities)
        return event.facility if ours else None

    def lines(self, state: State) -> Iterable[Line]:
        return ()

    def step(self, state: State | None, event: Event | None, now_us: int) -> Step:
        known = _known(state) if state else Known(now_us, 0, hour_of(now_us), {}, {})
        before_us, facility = known.last_us, event.facility if event else (state or {}).get("facility", "")
        known = self._learn(known, now_us)
        if event is not None:
            kept_us = min(now_us - self.window_us, known.learned_us) - HOUR_US
            counts = take(known.counts, event.resource, count_of(event, self.reasons), kept_us)
            known = known._replace(counts=counts, last_us=max(before_us, min(last_us(counts) or 0, now_us)))
        holds, at_us = self._holds(known, before_us, now_us)
        signal = Signal(self.check.value, holds, at_us, facility=facility, labels=(("check", self.check.value),))
        return Step(_plain(known, facility), (signal,), self._wake(known, holds, now_us))

    def _learn(self, known: Known, now_us: int) -> Known:
        """Learn the hours that are over; not those of a silence that was none of the usual."""
        if self.check not in (Check.SILENCE, Check.DROP):
            return known
        profile, hour = known.profile, known.learned_us
        silent = self._is_silent(known, now_us)
        while hour + HOUR_US + GRACE_US <= now_us:
            if not (silent and hour + HOUR_US > known.last_us):
                profile = learn(profile, hour, total(known.counts, hour, hour + HOUR_US).received)
            hour += HOUR_US
        return known._replace(profile=profile, learned_us=hour)

    def _holds(self, known: Known, before_us: int, now_us: int) -> tuple[bool, int]:
        """Whether what the rule looks for holds, and since when or no longer since when."""
        if self.check is Check.SILENCE:
            silent = self._is_silent(known, now_us)
            return silent, known.last_us if silent else max(known.last_us - MINUTE_US, before_us)
        return self._is_short(known, now_us) if self.check is Check.DROP else self._is_much(known, now_us), now_us

    def _is_silent(self, known: Known, now_us: int) -> bool:
        if not known.last_us or now_us < known.last_us + self.at_least_us or not self._is_known(known, now_us):
            return False
        return expected(known.profile, known.last_us, min(now_us, known.last_us + LONGEST_US)) >= self.expected

    def _is_short(self, known: Known, now_us: int) -> bool:
        stop_us = now_us - now_us % MINUTE_US - MINUTE_US
        first_us = stop_us - self.window_us
        wanted = expected(known.profile, first_us, stop_us)
        enough = wanted >= self.expected and self._is_known(known, now_us)
        return enough and total(known.counts, first_us, stop_us).received < self.below * wanted

    def _is_much(self, known: Known, now_us: int) -> bool:
        found = total(known.counts, now_us - self.window_us, now_us + MINUTE_US)
        number: int = {Of.DEAD: found.dead, Of.LATE: found.late, Of.UNMAPPED: found.unmapped}[self.of]
        if self.check is Check.COUNT:
            return number >= self.above
        return found.received >= self.least and number >= self.above * found.received

    def _is_known(self, known: Known, now_us: int) -> bool:
        return now_us >= known.since_us + self.learn_us

    def _wake(self, known: Known, holds: bool, now_us: int) -> int | None:
        """When time alone may change what holds."""
        if self.check is Check.SILENCE:
            silent_us = reached(known.profile, known.last_us, self.expected) if known.last_us else None
            waits = [known.learned_us + HOUR_US + GRACE_US]
            if silent_us is not None and not holds:
                waits += [max(silent_us, known.last_us + self.at_least_us, known.since_us + self.learn_us)]
            return min(one for one in waits if one > now_us)
        if self.check is Check.DROP:
            return now_us - now_us % (5 * MINUTE_US) + 5 * MINUTE_US
        return now_us - now_us % MINUTE_US + MINUTE_US if holds else None


def _known(state: State) -> Known:
    times = (int(state["since"]), int(state["last"]), int(state["learned"]))
    return Known(*times, profile_of(state["profile"]), counts_of(state["counts"]))


def _plain(known: Known, facility: str) -> dict[str, Any]:
    return {
        "facility": facility,
        "since": known.since_us,
        "last": known.last_us,
        "learned": known.learned_us,
        "profile": profiles.plain(known.profile),
        "counts": plain(known.counts),
    }
