"""The course of rules in memory: events and time go in, states and alerts as they stand come out. No clock, no bus.

The runner, the tests beside rules and the backtest all go this one way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from engine.alerts.alert import Status
from engine.alerts.answering import is_other, next_us, orphan, stand
from engine.alerts.decisions import Decisions
from engine.alerts.event import Event
from engine.alerts.frame import NOTHING, Kept, Outcome, advance
from engine.alerts.life import Change
from engine.alerts.rule import Rule
from engine.alerts.standing import Standing
from engine.alerts.wakes import Wakes

Place = tuple[str, str]
"""A rule and a key."""

KEEP_US = 90 * 86_400_000_000
"""How long an alert that ended is remembered, so that it is not told anew where all is read again."""

KEEP_WORD_US = 400 * 86_400_000_000
"""How long it is known who took an alert over: longer than any case is kept that it could be told of again."""

AHEAD_US = 600_000_000
"""An event that was received later than this from now was received now: who received it has a wrong clock, and states
that were moved years ahead would judge nothing until then."""

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
    unacknowledged: tuple[str, ...] = ()
    """Alerts that are forgotten since long, of which it is still known who took them over."""


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
        self._wakes = Wakes()
        self._changed: dict[Place, None] = {}
        self._told: dict[str, None] = {}
        self._refused: dict[tuple[str, str, str], int] = {}
        self._gone: list[str] = []
        self._unacknowledged: tuple[str, ...] = ()
        for (rule, key), one in self.kept.items():
            self._wakes.add(one.wake_us, rule, key)
        for name, told in self.standing.items():
            self._await(name, told, told.changed_us)

    def decide(self, decisions: Decisions, now_us: int) -> None:
        """Take what people decided, of all that stands."""
        self.decisions = decisions
        self._rules = {name: rule.with_settings(decisions.of_rule(name)) for name, rule in self._files.items()}
        for silence in decisions.silences.values():
            for alert, one in self.standing.items() if silence.until_us > now_us else ():
                if silence.covers(one.alert, silence.from_us):
                    self._wakes.add(silence.from_us, "", alert)
                    self._wakes.add(silence.until_us, "", alert)
        for alert in list(self.standing):
            self._look(alert, now_us)
        old = [name for name, one in decisions.acknowledged.items() if one.at_us < now_us - KEEP_WORD_US]
        self._unacknowledged = tuple(name for name in old if name not in self.standing)

    def take(self, event: Event, topic: str | None, now_us: int) -> None:
        """Let the rules that read a topic judge an event; all of them where it is None."""
        if event.received_us > now_us + AHEAD_US:
            event = replace(event, received_us=now_us)
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
        for name, key in self._wakes.due(now_us):
            if name:
                self._wake_rule(name, key, now_us)
            else:
                self._look(key, now_us)

    def news(self) -> News:
        """What is other than the last time."""
        kept = {place: self.kept.get(place, NOTHING) for place in self._changed}
        standing = {alert: self.standing[alert] for alert in self._told}
        found = News(kept, standing, self._refused, tuple(self._gone), self._unacknowledged)
        self._changed, self._told, self._refused, self._gone, self._unacknowledged = {}, {}, {}, [], ()
        return found

    def _wake_rule(self, name: str, key: str, now_us: int) -> None:
        rule, kept = self._rules.get(name), self.kept.get((name, key))
        if rule and kept and kept.wake_us is not None and kept.wake_us <= now_us:
            try:
                outcome = advance(rule, key, kept, None, now_us)
            except UNFIT:
                self.refuse(name, "shape", "")
            else:
                self._follow(rule, (name, key), outcome, now_us)

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
                self._wakes.add(kept.wake_us, *place)
        for change in outcome.changes:
            self._tell(rule, change, now_us)

    def _tell(self, rule: Rule, change: Change, now_us: int) -> None:
        alert, held = change.alert, self.standing.get(change.alert.id)
        is_over = held is not None and held.alert.ended_us is not None and held.acknowledged is None
        if is_over and alert.status is Status.FIRING:
            return  # it began and ended before, and is read again
        quiet = held.quiet if held else change.quiet
        self._put(stand(rule, alert, quiet, self.decisions, now_us), now_us)

    def _look(self, alert: str, now_us: int) -> None:
        """See whether an alert stands otherwise by now."""
        held = self.standing.get(alert)
        rule = self._rules.get(held.alert.rule) if held else None
        if held and held.alert.ended_us is not None and held.alert.ended_us + self._keep_us <= now_us:
            del self.standing[alert]
            self._told.pop(alert, None)
            self._gone.append(alert)
            return
        if held and held.alert.status is Status.FIRING:
            said = self.decisions
            self._put(stand(rule, held.alert, held.quiet, said, now_us) if rule else orphan(held, said), now_us)

    def _put(self, standing: Standing, now_us: int) -> None:
        alert = standing.alert
        if is_other(self.standing.get(alert.id), standing):
            self.standing[alert.id] = standing
            self._told[alert.id] = None
            self._await(alert.id, standing, now_us)

    def _await(self, alert: str, standing: Standing, now_us: int) -> None:
        """Look again at an alert when time alone changes it: at its next escalation, or when it is to be forgotten."""
        rule, ended_us = self._rules.get(standing.alert.rule), standing.alert.ended_us
        if ended_us is not None:
            self._wakes.add(ended_us + self._keep_us, "", alert)
        elif rule:
            self._wakes.add(next_us(rule, standing, now_us), "", alert)
