"""An alert: that something holds which somebody must hear of, since when, where to look; never what a message says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID, uuid5

NAMESPACE = UUID("0c6d2f0a-59c4-5d0f-8c35-6f7a1f0be1a7")
"""Fixed for ever: changing it makes every alert another."""

SEPARATOR = "\x1f"
NO_LABELS: Mapping[str, str] = MappingProxyType({})


class Severity(StrEnum):
    """How soon somebody must hear of it."""

    CRITICAL = "critical"
    """At once, at any hour."""
    WARNING = "warning"
    """Within the working day."""
    INFORMATION = "information"
    """When somebody looks."""


class Status(StrEnum):
    """Whether what the alert tells of still holds."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of one rule and key, from its start to its end."""

    id: str
    """The same for the same rule, key and start, however often it is made."""
    rule: str
    kind: str
    severity: Severity
    status: Status
    started_us: int
    ended_us: int | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: NO_LABELS)
    """Words from the rule's file, of which there are few."""
    subject: str = ""
    """The keyed hash of the patient; empty where it concerns none."""
    facility: str = ""
    place: str = ""
    """The code of a commune, or a coarser place; empty where it concerns none."""
    summary: str = ""
    """The rule's own text."""
    evidence: tuple[str, ...] = ()
    """The ids of the events that it rests on, by which clinical detail is looked up."""
    run_book: str = ""


def alert_id(rule: str, key: str, started_us: int) -> str:
    """The id of the alert of a rule that began for a key at that time."""
    return str(uuid5(NAMESPACE, SEPARATOR.join((rule, key, str(started_us)))))
