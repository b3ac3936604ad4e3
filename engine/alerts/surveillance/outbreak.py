"""Outbreaks: cases of a disease in a commune, against the limits of the law and against the days before.

State, by disease and place: the cases by the day of their diagnosis, and what was counted in the years before. It is
judged whenever a case comes or goes, and whenever a day ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from engine.alerts.event import Event
from engine.alerts.kind import Line, Signal, State, Step
from engine.alerts.rule import Rule
from engine.alerts.surveillance.ears import BASELINE, DAYS, Count, ears
from engine.alerts.surveillance.history import LEAST_YEARS, History, Month
from engine.alerts.surveillance.moves import Diseases
from engine.alerts.surveillance.records import BASELINE_TYPE, MOVE_TYPE, history_of, history_plain, read_move
from engine.alerts.surveillance.statutory import Level, Seen, Spread, level, limits
from engine.alerts.surveillance.tally import Tally, counts, evidence, keep, plain, take, tally_of
from engine.alerts.surveillance.weeks import CITY, day_of, week_of

METHODS = ("C1", "C2", "C3")
STATUTORY = "statutory"
ALARM_DAYS = 3
"""Days that an alarm of EARS stands."""
EVIDENCE_DAYS = 14
MISSED_DAYS = 31
"""Days for which a state is judged afterwards when nobody looked at their ends."""


@dataclass(frozen=True, slots=True)
class Outbreak:
    """The behavior of a rule of this kind."""

    disease: str
    codes: tuple[str, ...]
    """What the ICD-10 codes of the disease begin with."""
    spread: Spread = Spread.ENDEMIC
    methods: frozenset[str] = frozenset({STATUTORY, *METHODS})
    least_sd: float = 0.5
    least_days: int = BASELINE
    least_cases: int = 3
    """Cases of a day with fewer than which EARS raises no alarm."""
    least_years: int = LEAST_YEARS
    since: date | None = None
    """The first day whose cases are known; all before are days of which nothing is known."""

    @property
    def settings(self) -> Mapping[str, float]:
        return {"least_sd": self.least_sd, "least_cases": self.least_cases}

    def changed(self, settings: Mapping[str, float]) -> Self:
        found = {**self.settings, **settings}
        return replace(self, least_sd=found["least_sd"], least_cases=round(found["least_cases"]))

    def key(self, event: Event) -> str | None:
        ours = event.type in (MOVE_TYPE, BASELINE_TYPE) and event.body.get("disease") == self.disease
        return f"{self.disease}/{event.body.get('place', '')}" if ours else None

    def lines(self, state: State) -> Iterable[Line]:
        return ()

    def step(self, state: State | None, event: Event | None, now_us: int) -> Step:
        held = state or {}
        today = date.fromordinal(max(day_of(now_us).toordinal(), held.get("judged", 0)))
        place, tally = held.get("place", ""), keep(tally_of(held.get("cases", {})), today)
        history = history_of(held.get("history", {}))
        signals = [
            one for day in _missed(held, today) for one in self._judge(tally, history, day, place, midnight_us(day))
        ]
        if event is not None:
            place = str(event.body.get("place", ""))
        if event is not None and event.type == MOVE_TYPE:
            tally = take(tally, read_move(event), today)
        elif event is not None:
            history = history_of(event.body)
        signals += self._judge(tally, history, today, place, now_us if event else midnight_us(today))
        wake_us = midnight_us(today + timedelta(days=1)) if tally else None
        return Step(_state(place, tally, history, today), tuple(signals), wake_us)

    def _judge(self, tally: Tally, history: History, today: date, place: str, at_us: int) -> Iterator[Signal]:
        found, events = counts(tally), evidence(tally, today - timedelta(days=EVIDENCE_DAYS))

        def signal(case: str, holds: bool, **labels: str) -> Signal:
            told = tuple(labels.items())
            return Signal(case, holds, at_us, place=place, evidence=events, labels=told)

        if STATUTORY in self.methods:
            declared = self._level(found, counts(tally, confirmed=True), history, today)
            yield signal("alert", declared is not Level.NONE, method=STATUTORY, level=Level.ALERT)
            yield signal("epidemic", declared is Level.EPIDEMIC, method=STATUTORY, level=Level.EPIDEMIC)
        if self.methods & {*METHODS}:
            alarms = self._alarms(found, today)
            yield signal("ears", bool(alarms), method="+".join(alarms) or "none")

    def _level(self, found: Mapping[date, int], confirmed: Mapping[date, int], history: History, today: date) -> Level:
        week, first = week_of(today), today.replace(day=1)
        in_week = sum(found.get(day, 0) for day in week.days() if day <= today)
        in_month = sum(count for day, count in found.items() if first <= day <= today)
        certain = sum(confirmed.get(day, 0) for day in week.days() if day <= today)
        by_week = history.of_week(week, self.least_years)
        by_month = history.of_month(Month(today.year, today.month), self.least_years)
        return level(self.spread, Seen(in_week, in_month, in_week, in_month, certain), limits(by_week, by_month))

    def _alarms(self, found: Mapping[date, int], today: date) -> list[str]:
        """The methods that raised an alarm on one of the last days."""
        raised: set[str] = set()
        for back in range(ALARM_DAYS):
            last = today - timedelta(days=back)
            if found.get(last, 0) >= self.least_cases:
                series = [self._count(found, last - timedelta(days=one)) for one in reversed(range(DAYS))]
                raised.update(ears(series, self.least_sd, self.least_days).alarms)
        return sorted(raised & self.methods)

    def _count(self, found: Mapping[date, int], day: date) -> Count:
        return None if self.since and day < self.since else found.get(day, 0)


def _missed(held: State, today: date) -> Iterator[date]:
    """Days that ended since the state was judged, as far as they matter: what ceased meanwhile ended on its own day."""
    first = max(held.get("judged", today.toordinal()) + 1, today.toordinal() - MISSED_DAYS)
    return map(date.fromordinal, range(first, today.toordinal()))


def _state(place: str, tally: Tally, history: History, today: date) -> State | None:
    if not (tally or history.weeks or history.months):
        return None
    known: dict[str, Any] = {"place": place, "cases": plain(tally), "judged": today.toordinal()}
    return known | ({"history": history_plain(history)} if history.weeks or history.months else {})


def midnight_us(day: date) -> int:
    """The beginning of a day where the city is."""
    return round(datetime.combine(day, time(), CITY).timestamp()) * 1_000_000


def diseases_of_rules(rules: Iterable[Rule]) -> Diseases:
    """The diseases that rules of this kind watch."""
    found = [rule.behavior for rule in rules if isinstance(rule.behavior, Outbreak)]
    return {one.disease: one.codes for one in found}
