"""Alerts as they stand: what the compacted topic `alerting` holds, the last word on each under its id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from engine.alerts.alert import Alert, Severity, Status
from engine.bus.record import Record

TOPIC = "alerting"
HEADERS = {"content-type": b"application/json"}


class Acknowledged(NamedTuple):
    """Who took an alert over, when, and what they wrote."""

    who: str
    at_us: int
    why: str = ""


class Silenced(NamedTuple):
    """Until when nobody is told of an alert, by whom and why."""

    who: str
    until_us: int
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert, what people did about it, and who is to hear of it."""

    alert: Alert
    acknowledged: Acknowledged | None = None
    silenced: Silenced | None = None
    """A sink sends nothing of it while this stands and `until_us` is to come."""
    escalated: int = 0
    """How many steps of the rule's escalation it went because nobody acknowledged it."""
    targets: tuple[str, ...] = ()
    """The names of the sinks that are to hear of it now, with those of its escalation; none means the default ones."""
    quiet: bool = False
    """Whether nobody is told of it at all: it rests on messages that were received long ago or transformed anew."""
    changed_us: int = 0


def encode(standing: Standing) -> Record:
    """The last word on an alert."""
    body = {one.name: getattr(standing, one.name) for one in fields(standing)}
    alert = {one.name: getattr(standing.alert, one.name) for one in fields(standing.alert)}
    body["alert"] = alert | {"labels": dict(standing.alert.labels)}
    for name in ("acknowledged", "silenced"):
        body[name] = body[name]._asdict() if body[name] else None
    return Record(TOPIC, standing.alert.id.encode(), orjson.dumps(body, option=orjson.OPT_SORT_KEYS), HEADERS)


def encode_gone(alert: str) -> Record:
    """The word that an alert is forgotten."""
    return Record(TOPIC, alert.encode(), b"", HEADERS)


def decode(value: bytes) -> Standing:
    """What a record of the topic says; raises ValueError, KeyError or TypeError when it says nothing."""
    body: dict[str, Any] = orjson.loads(value)
    held = body["alert"]
    alert = Alert(
        **held
        | {
            "severity": Severity(held["severity"]),
            "status": Status(held["status"]),
            "labels": MappingProxyType(held["labels"]),
            "evidence": tuple(held["evidence"]),
        }
    )
    return Standing(
        alert=alert,
        acknowledged=Acknowledged(**body["acknowledged"]) if body["acknowledged"] else None,
        silenced=Silenced(**body["silenced"]) if body["silenced"] else None,
        escalated=body["escalated"],
        targets=tuple(body["targets"]),
        quiet=body["quiet"],
        changed_us=body["changed_us"],
    )


def read_standing(records: Iterable[Record]) -> dict[str, Standing]:
    """The last word on each alert by its id; a record that says nothing is passed over."""
    found: dict[str, Standing] = {}
    for record in records:
        try:
            if record.value:
                found[record.key.decode()] = decode(record.value)
            else:
                found.pop(record.key.decode(), None)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return found
