"""Running the tests that stand beside rules: the alerts that must come of events and time, and those that come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from engine.alerts.alert import Status
from engine.alerts.course import Course
from engine.alerts.decisions import Decisions
from engine.alerts.event import Event, Persons
from engine.alerts.rule import Moment, Rule, RuleTest
from engine.alerts.standing import Acknowledged, Standing
from engine.bus.record import Position
from engine.canonical.version import version
from engine.language.result import TestResult


def run_rule_tests(rules: Iterable[Rule]) -> Iterator[TestResult]:
    """Run each test with its rule alone."""
    for rule in rules:
        for number, test in enumerate(rule.tests, start=1):
            yield TestResult(f"{rule.name} :: {test.name or number}", test.mark, tuple(_differences(rule, test)))


def _differences(rule: Rule, test: RuleTest) -> Iterator[str]:
    course, refused = Course([rule]), 0
    persons = Persons()
    for number, moment in enumerate(test.moments):
        now_us = test.began_us + moment.at_us
        course.pass_time(now_us)
        if moment.body is None:
            course.decide(_acknowledge(course, now_us), now_us)
        else:
            course.take(persons.complete(_event(moment, number, now_us)), None, now_us)
    last_us = test.moments[-1].at_us if test.moments else 0
    course.pass_time(test.began_us + (last_us if test.until_us is None else test.until_us))
    refused = sum(course.news().refused.values())
    found = sorted(course.standing.values(), key=lambda one: (one.alert.started_us, one.alert.id))
    yield from _compare(test, [_shown(one, test.began_us) for one in found])
    if refused != test.refused:
        yield f"expected {test.refused} events that cannot be judged, there were {refused}"


def _compare(test: RuleTest, found: list[Mapping[str, Any]]) -> Iterator[str]:
    for number in range(max(len(found), len(test.expect))):
        wanted = test.expect[number] if number < len(test.expect) else None
        came = {key: found[number].get(key) for key in wanted or found[number]} if number < len(found) else None
        if wanted is None:
            yield f"expected no further alert, came {_tell(came)}"
        elif came != dict(wanted):
            yield f"expected {_tell(wanted)}, came {_tell(came)}"


def _tell(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return "none"
    return ", ".join(f"{key} {_span(value) if key in ('starts', 'ends') else value}" for key, value in one.items())


def _span(micros: int | None) -> str:
    return "never" if micros is None else f"{'-' if micros < 0 else ''}{timedelta(microseconds=abs(micros))}"


def _shown(standing: Standing, began_us: int) -> Mapping[str, Any]:
    alert = standing.alert
    return {
        "starts": alert.started_us - began_us,
        "ends": None if alert.ended_us is None else alert.ended_us - began_us,
        "escalated": standing.escalated,
        "facility": alert.facility,
        "place": alert.place,
        "quiet": standing.quiet,
    }


def _acknowledge(course: Course, now_us: int) -> Decisions:
    before = course.decisions
    firing = [name for name, one in course.standing.items() if one.alert.status is Status.FIRING]
    fresh = {name: Acknowledged("somebody", now_us) for name in firing if name not in before.acknowledged}
    return Decisions(before.settings, before.silences, before.acknowledged | fresh)


def _event(moment: Moment, number: int, now_us: int) -> Event:
    """The event as it would come; a Patient and what comes at the same time of the same patient are one message."""
    body = moment.body or {}
    digest = blake2b(f"{moment.patient}{moment.at_us}".encode(), digest_size=8)
    raw = Position("hl7.raw", 0, int.from_bytes(digest.digest()[:6], "big"))
    return Event(
        id=f"{raw}/1/{number}",
        type=str(body.get("resourceType", "")),
        resource=str(body.get("id") or number),
        facility=moment.facility,
        subject=blake2b(f"{moment.facility}/{moment.patient}".encode(), digest_size=16).hexdigest(),
        version=version(None, number, now_us, digest.hexdigest()),
        generation=1,
        received_us=now_us,
        raw=raw,
        body=body,
    )
