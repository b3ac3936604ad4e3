"""No process but the observing one has more than 500 series, whatever senders do."""

from __future__ import annotations

import re
from math import prod

import pytest
from prometheus_client import CollectorRegistry

from engine.alerts.alert import Severity
from engine.canonical.audit import Event
from engine.canonical.dead import Reason, Stage
from engine.hl7.acknowledgment import AcknowledgmentCode
from engine.hl7.framing import FrameFlag
from engine.listeners.acceptor import Refused
from engine.listeners.meters import End
from engine.loaders.tables import FATES
from engine.observe.metrics import LONG_SECONDS, MESSAGE_TYPES, SECONDS, Definition, Metrics
from engine.roles.names import RoleName
from tests.transforms.folders import SHIPPED, whole

MOST = 500
BUCKETS = max(len(SECONDS), len(LONG_SECONDS)) + 3
"""Of a histogram, with those beyond the last bound, the sum and the count."""
SIZES = {
    "listener": 3,
    "type": len(MESSAGE_TYPES) + 1,
    "event": len(Event),
    "code": len(AcknowledgmentCode),
    "reason": max(map(len, (Reason, End, Refused, FrameFlag))),
    "stage": 1,
    "outcome": 3,
    "fate": len(FATES),
    "result": 3,
    "resource": len(whole().resource_types),
    "table": len(list((SHIPPED / "standard/tables").glob("*"))),
    "group": 12,
    "topic": 6,
    "role": len(RoleName),
    "sink": 8,
    "severity": len(Severity),
    "sector": 3,
    "kind": 5,
    "rule": 16,
}
"""How many values each label has in one process at most: three doors, eight sinks, the shipped mappings."""
LISTEN = (
    "messages_received|acknowledgments_total|acknowledgment_seconds|frames|junk|duplicates|control|connections|"
    "handshakes|certificate|in_flight|security|registry|spool|dead_letters"
)
USED = {
    RoleName.LISTEN: LISTEN,
    RoleName.TRANSFORM: "(messages_)?transform|withheld|held|events|codes|dead_letters|mapping|registry|seals",
    RoleName.LOAD: "batches|rows|lake|resources_unfit|load_seconds|reconciled|unaccounted|dead_letters|seals",
    RoleName.ALERT: "alerts_(total|started|ended)|alert_refusals|sink|seals",
    RoleName.ANSWER: "application|seals",
    RoleName.OBSERVE: "bus_lag|delivery|facilities|alerts_open|observed|registry|seals",
}
"""The metrics of each role, by how their names go on after `engine_`."""
DEFINITIONS = Metrics(CollectorRegistry()).definitions


def series(metric: Definition) -> int:
    each = prod(SIZES[label] for label in metric.labels)
    return each * BUCKETS if metric.kind == "histogram" else each


def used(role: RoleName) -> list[Definition]:
    return [metric for metric in DEFINITIONS if re.match(f"engine_({USED[role]})", metric.name)]


@pytest.mark.parametrize("role", RoleName)
def test_the_process_of_a_role_has_at_most_500_series(role: RoleName) -> None:
    assert 0 < sum(map(series, used(role))) <= MOST


def test_every_metric_is_counted_for_some_role() -> None:
    counted = {metric for role in RoleName for metric in used(role)}
    assert {metric.name for metric in DEFINITIONS if metric not in counted} == {"engine_role_restarts_total"}


def test_stages_are_those_that_write_dead_letters() -> None:
    assert len(Stage) == 3  # each of them in a process of its own, so that `stage` has one value there
