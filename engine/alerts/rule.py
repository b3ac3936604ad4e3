"""A rule as its file has it: what it tells, to whom, how long a condition must hold, and what if nobody answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from engine.alerts.alert import NO_LABELS, Severity
from engine.alerts.kind import Behavior
from engine.canonical.resource import Body
from engine.language.fault import Mark


class Escalation(NamedTuple):
    """To whom an alert goes too when nobody acknowledged it so long after it was told."""

    after_us: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The life cycle of a rule's alerts."""

    hold_us: int = 0
    """How long a condition must hold before somebody is told."""
    clear_us: int = 0
    """How long it must no longer hold before the alert ends."""
    late_us: int = 86_400_000_000
    """An event that was received longer ago than this changes state, and pages nobody."""
    targets: tuple[str, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    ends_acknowledged: bool = False
    """Whether an alert ends when somebody acknowledges it."""


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A test that stands beside a rule: events and decisions in time, and the alerts that must come of them."""

    name: str
    began_us: int
    moments: tuple[Moment, ...]
    until_us: int | None
    expect: tuple[Mapping[str, Any], ...]
    refused: int
    mark: Mark


class Moment(NamedTuple):
    """Something that happens in a test: a resource comes, or the alerts that are there are acknowledged."""

    at_us: int
    body: Body | None
    facility: str
    patient: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    name: str
    kind: str
    about: str
    severity: Severity
    summary: str
    topics: tuple[str, ...]
    behavior: Behavior
    policy: Policy = field(default_factory=Policy)
    labels: Mapping[str, str] = field(default_factory=lambda: NO_LABELS)
    run_book: str = ""
    tests: tuple[RuleTest, ...] = ()
    mark: Mark = field(default=Mark(""), compare=False)

    def with_settings(self, settings: Mapping[str, float]) -> Rule:
        """The rule with numbers that somebody set, of those that it has."""
        known = {name: value for name, value in settings.items() if name in self.behavior.settings}
        return replace(self, behavior=self.behavior.changed(known)) if known else self
