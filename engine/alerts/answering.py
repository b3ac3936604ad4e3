"""How an alert stands, from the alert, what people decided, and the time: acknowledged, silenced, escalated, ended."""

from __future__ import annotations

from dataclasses import replace

from engine.alerts.alert import Alert, Status
from engine.alerts.decisions import Decisions
from engine.alerts.rule import Rule
from engine.alerts.standing import Acknowledged, Silenced, Standing


def stand(rule: Rule, alert: Alert, quiet: bool, decisions: Decisions, now_us: int) -> Standing:
    """The standing at a time: a pure function, so that whoever computes it again comes to the same."""
    acknowledged = decisions.acknowledged.get(alert.id)
    if acknowledged and rule.policy.ends_acknowledged:
        alert = _ended(alert, acknowledged.at_us)
    silence = decisions.silence(alert, now_us)
    steps = _escalated(rule, alert, acknowledged, now_us)
    further = [target for one in rule.policy.escalations[:steps] for target in one.to]
    return Standing(
        alert=alert,
        acknowledged=acknowledged,
        silenced=Silenced(silence.who, silence.until_us, silence.why) if silence else None,
        escalated=steps,
        targets=tuple(dict.fromkeys((*rule.policy.targets, *further))),
        quiet=quiet,
        changed_us=now_us,
    )


def _ended(alert: Alert, at_us: int) -> Alert:
    """The alert, over at that time, or earlier where it ended by itself."""
    end_us = min(at_us, alert.ended_us) if alert.ended_us is not None else at_us
    return replace(alert, status=Status.RESOLVED, ended_us=max(end_us, alert.started_us))


def _escalated(rule: Rule, alert: Alert, acknowledged: Acknowledged | None, now_us: int) -> int:
    """How many steps it went before it was acknowledged, ended, or up to now."""
    ends = (
        now_us,
        acknowledged.at_us if acknowledged else now_us,
        now_us if alert.ended_us is None else alert.ended_us,
    )
    told_us = alert.started_us + rule.policy.hold_us
    return sum(told_us + one.after_us <= min(ends) for one in rule.policy.escalations)


def orphan(held: Standing, decisions: Decisions) -> Standing:
    """The standing of an alert whose rule is no more: over once somebody acknowledges it, as nothing else ends it."""
    acknowledged = decisions.acknowledged.get(held.alert.id)
    if acknowledged is None:
        return held
    return replace(held, alert=_ended(held.alert, acknowledged.at_us), acknowledged=acknowledged)


def next_us(rule: Rule, standing: Standing, now_us: int) -> int | None:
    """When the standing changes by time alone; None where it does not."""
    told_us = standing.alert.started_us + rule.policy.hold_us
    times = [told_us + one.after_us for one in rule.policy.escalations]
    is_open = standing.alert.status is Status.FIRING and standing.acknowledged is None
    return min((one for one in times if one > now_us), default=None) if is_open else None


def is_other(before: Standing | None, after: Standing) -> bool:
    """Whether there is something to tell."""
    return before is None or replace(before, changed_us=0) != replace(after, changed_us=0)
