"""The course of rules in memory: events and time go in, states and alerts as they stand come out. No clock, no bus.

The runner, the tests beside rules and the backtest all go this one way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from typing import NamedTuple

from engine.alerts.alert import Status
from engine.alerts.answering import is_other, next_us, stand
from engine.alerts.decisions import Decisions
from engine.alerts.event import Event
from engine.alerts.frame import NOTHING, Kept, Outcome, advance
from engine.alerts.life import Change
from engine.alerts.rule import Rule
from engine.alerts.standing import Standing

Place = tuple[str, str]
"""A rule and a key."""

KEEP_US = 90 * 86_400_000_000
"""How long an alert that ended is remembered, so that it is not told anew where all is read again."""

UNFIT = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a body of another shape than FHIR's makes a rule raise; one event must not stop all others."""


class News(NamedTuple):
    """What is other than when it was asked for last."""

    kept: Mapping[Place, Kept]
    standing: Mapping[str, Standing]
    refused: Mapping[tuple[str, str, str], int]
    """How many events could not be judged, by rule, reason and facility."""
    gone: tuple[str, ...] = ()
    """Alerts that ended so long ago that they are forgotten."""


class Course:
    """Where the rules stand."""

    def __init__(
        self,
        rules: Iterable[Rule],
        kept: Mapping[Place, Kept] = {},
        standing: Mapping[str, Standing] = {},
        keep_us: int = KEEP_US,
    ) -> None:
        """Go on from what was kept; alerts of rules that are no more stand as they stood."""
        self._keep_us = keep_us
        self._files = {rule.name: rule for rule in rules}
        self._rules = dict(self._files)
        self.kept = dict(kept)
        self.standing = dict(standing)
        self.decisions = Decisions()
        self._wakes: list[tuple[int, str, str]] = []
        """When to look again: at a rule's key, or at an alert, whose rule is "" here."""
        self._changed: dict[Place, None] = {}
        self._told: dict[str, None] = {}
        self._refused: dict[tuple[str, str, str], int] = {}
        self._gone: list[str] = []
        for (rule, key), one in self.kept.items():
            self._wake(one.wake_us, rule, key)
        for name, told in self.standing.items():
            self._await(name, told, told.changed_us)

    def decide(self, decisions: Decisions, now_us: int) -> None:
        """Take what people decided, of all that stands."""
        self.decisions = decisions
        self._rules = {name: rule.with_settings(decisions.of_rule(name)) for name, rule in self._files.items()}
        for silence in decisions.silences.values():
            for alert, one in self.standing.items() if silence.until_us > now_us else ():
                if silence.covers(one.alert, silence.from_us):
                    self._wake(silence.from_us, "", alert)
                    self._wake(silence.until_us, "", alert)
        for alert in list(self.standing):
            self._look(alert, now_us)

    def take(self, event: Event, topic: str | None, now_us: int) -> None:
        """Let the rules that read a topic judge an event; all of them where it is None."""
        for rule in self._rules.values():
            if topic is not None and topic not in rule.topics:
                continue
            try:
                self._judge(rule, event, now_us)
            except UNFIT:
                self.refuse(rule.name, "shape", event.facility)

    def refuse(self, rule: str, reason: str, facility: str) -> None:
        """Note that an event could not be judged."""
        self._refused[rule, reason, facility] = 1 + self._refused.get((rule, reason, facility), 0)

    def pass_time(self, now_us: int) -> None:
        """Let time pass: conditions that held long enough, deadlines, escalations."""
        while self._wakes and self._wakes[0][0] <= now_us:
            _, name, key = heappop(self._wakes)
            kept = self.kept.get((name, key))
            rule = self._rules.get(name)
            if not name:
                self._look(key, now_us)
            elif rule and kept and kept.wake_us is not None and kept.wake_us <= now_us:
                self._follow(rule, (name, key), advance(rule, key, kept, None, now_us), now_us)

    def news(self) -> News:
        """What is other than the last time."""
        kept = {place: self.kept.get(place, NOTHING) for place in self._changed}
        standing = {alert: self.standing[alert] for alert in self._told}
        found = News(kept, standing, self._refused, tuple(self._gone))
        self._changed, self._told, self._refused, self._gone = {}, {}, {}, []
        return found

    def _judge(self, rule: Rule, event: Event, now_us: int) -> None:
        key = rule.behavior.key(event)
        if key is None:
            return
        place = (rule.name, key)
        outcome = advance(rule, key, self.kept.get(place, NOTHING), event, now_us)
        self._follow(rule, place, outcome, now_us)
        for reason in outcome.refused:
            self.refuse(rule.name, reason, event.facility)

    def _follow(self, rule: Rule, place: Place, outcome: Outcome, now_us: int) -> None:
        kept = outcome.kept
        if kept != self.kept.get(place, NOTHING):
            self._changed[place] = None
            if kept.is_empty:
                self.kept.pop(place, None)
            else:
                self.kept[place] = kept
                self._wake(kept.wake_us, *place)
        for change in outcome.changes:
            self._tell(rule, change, now_us)

    def _tell(self, rule: Rule, change: Change, now_us: int) -> None:
        alert, held = change.alert, self.standing.get(change.alert.id)
        is_over = held is not None and held.alert.ended_us is not None and held.acknowledged is None
        if is_over and alert.status is Status.FIRING:
            return  # it began and ended before, and is read again
        quiet = held.quiet if held else change.quiet
        self._put(rule, stand(rule, alert, quiet, self.decisions, now_us), now_us)

    def _look(self, alert: str, now_us: int) -> None:
        """See whether an alert stands otherwise by now."""
        held = self.standing.get(alert)
        rule = self._rules.get(held.alert.rule) if held else None
        if held and held.alert.ended_us is not None and held.alert.ended_us + self._keep_us <= now_us:
            del self.standing[alert]
            self._told.pop(alert, None)
            self._gone.append(alert)
            return
        if held and rule and held.alert.status is Status.FIRING:
            self._put(rule, stand(rule, held.alert, held.quiet, self.decisions, now_us), now_us)

    def _put(self, rule: Rule, standing: Standing, now_us: int) -> None:
        alert = standing.alert
        if is_other(self.standing.get(alert.id), standing):
            self.standing[alert.id] = standing
            self._told[alert.id] = None
            self._await(alert.id, standing, now_us)

    def _await(self, alert: str, standing: Standing, now_us: int) -> None:
        """Look again at an alert when time alone changes it: at its next escalation, or when it is to be forgotten."""
        rule, ended_us = self._rules.get(standing.alert.rule), standing.alert.ended_us
        if ended_us is not None:
            self._wake(ended_us + self._keep_us, "", alert)
        elif rule:
            self._wake(next_us(rule, standing, now_us), "", alert)

    def _wake(self, at_us: int | None, rule: str, key: str) -> None:
        if at_us is not None:
            heappush(self._wakes, (at_us, rule, key))
