"""Checking alert rules against routes: a rule whose events nobody routes to it never tells anything."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from engine.alerts.critical import Critical
from engine.alerts.notifiable import Notifiable
from engine.alerts.rule import Rule
from engine.alerts.surveillance import records as surveillance
from engine.canonical import feed, feed_state
from engine.canonical.envelope import topic_of
from engine.canonical.resource import Body
from engine.language.fault import nearest
from engine.language.gather import Gather
from engine.routes.router import Router

OWN = (feed.TOPIC, feed_state.TOPIC, surveillance.MOVES, surveillance.BASELINES)
"""Topics that rules may read and no route writes to."""


def check_rules(rules: Sequence[Rule], router: Router, gather: Gather) -> None:
    """Note topics that no route writes to, and codes whose results no route sends to the rule."""
    for rule in rules:
        for topic in rule.topics:
            if topic not in (*router.topics, *OWN) and not topic.startswith(topic_of("")):
                hint = nearest(topic, (*router.topics, *OWN)) or "correct it, or write the route"
                gather.add(rule.mark, "A112", f"{rule.name}.from", f"no route writes to {topic!r}", hint)
        if set(rule.topics) <= set(router.topics):
            _check_codes(rule, router, gather)


def _check_codes(rule: Rule, router: Router, gather: Gather) -> None:
    missing = [code for code in _codes(rule) if not _reaches(rule.topics, router, _result(code))]
    if missing:
        what = f"no route sends results of {', '.join(sorted(missing))} to {', '.join(rule.topics)}"
        gather.add(rule.mark, "A113", rule.name, what, "name the codes in the condition of the route")


def _codes(rule: Rule) -> Collection[str]:
    behavior = rule.behavior
    if isinstance(behavior, Critical):
        return {code for one in behavior.limits for code in one.codes}
    if isinstance(behavior, Notifiable):
        return {code for one in behavior.laboratory for code in one.codes}
    return ()


def _result(code: str) -> Body:
    return {"resourceType": "Observation", "status": "final", "code": {"coding": [{"code": code}]}}


def _reaches(topics: Collection[str], router: Router, body: Body) -> bool:
    return any(topic in topics for topic in router.matching(body))
