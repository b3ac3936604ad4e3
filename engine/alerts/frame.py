"""One step of one rule for one key: what is kept, what is told, and when to look again. It only computes."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.alerts.event import Event
from engine.alerts.kind import State
from engine.alerts.life import Change, Lives, live, wake_of
from engine.alerts.rule import Rule


class Kept(NamedTuple):
    """What is kept of one rule and key: the rule's own state, the lives of its alerts, when to look again."""

    state: State | None
    lives: Lives
    wake_us: int | None

    @property
    def is_empty(self) -> bool:
        return self.state is None and not self.lives

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return self._asdict()


NOTHING = Kept(None, {}, None)


class Outcome(NamedTuple):
    """What came of a step."""

    kept: Kept
    changes: tuple[Change, ...] = ()
    refused: tuple[str, ...] = ()


def advance(rule: Rule, key: str, kept: Kept, event: Event | None, now_us: int) -> Outcome:
    """The step of a rule for an event, or for time alone; pure, and the same event again changes nothing.

    An event is judged at the time when it was received, after all that was due by then: so what comes of events is the
    same whenever they are read. `now_us` only says whether that is too late to page anybody.
    """
    if event is None:
        return _step(rule, key, kept, None, now_us, quiet=False)
    changes: tuple[Change, ...] = ()
    if kept.wake_us is not None and kept.wake_us <= event.received_us:
        kept, changes, _ = _step(rule, key, kept, None, event.received_us, quiet=False)
    late = now_us - event.received_us > rule.policy.late_us
    outcome = _step(rule, key, kept, event, event.received_us, quiet=late)
    return outcome._replace(changes=changes + outcome.changes)


def _step(rule: Rule, key: str, kept: Kept, event: Event | None, at_us: int, *, quiet: bool) -> Outcome:
    step = rule.behavior.step(kept.state, event, at_us)
    signals = [one._replace(quiet=True) for one in step.signals] if quiet else step.signals
    lives, changes = live(rule, key, kept.lives, signals, at_us)
    waits = [one for one in (step.wake_us, wake_of(rule, lives)) if one is not None]
    return Outcome(Kept(step.state, lives, min(waits, default=None)), tuple(changes), step.refused)
