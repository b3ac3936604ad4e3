"""What is told of an alert to those outside: words of the rule, and of a patient no more than a keyed reference."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from engine.alerts.sinks.sink import Detail
from engine.alerts.standing import Standing

FORM = 1
"""Of the body; another one has another number."""


def idempotency_key(standing: Standing) -> str:
    """The same for the same word on an alert, however often it is sent: a receiver takes each key once."""
    return f"{standing.alert.id}/{standing.alert.status}/{standing.escalated}"


def tell(standing: Standing, detail: Detail | None = None) -> dict[str, Any]:
    """The alert as JSON; with `detail`, the resources that it rests on too. Raises Away.

    The place of an alert about a patient is where they live, and so for clinical sinks alone.
    """
    alert = standing.alert
    shows_place = detail is not None or not alert.subject
    told = {
        "form": FORM,
        "key": idempotency_key(standing),
        "id": alert.id,
        "status": alert.status,
        "rule": alert.rule,
        "kind": alert.kind,
        "severity": alert.severity,
        "started": instant(alert.started_us),
        "ended": instant(alert.ended_us) if alert.ended_us is not None else None,
        "labels": dict(alert.labels),
        "subject": alert.subject,
        "facility": alert.facility,
        "place": alert.place if shows_place else "",
        "summary": alert.summary,
        "evidence": list(alert.evidence),
        "runBook": alert.run_book,
        "acknowledged": standing.acknowledged is not None,
        "escalated": standing.escalated,
    }
    return told | ({"detail": list(detail(alert.evidence))} if detail else {})


def body(standing: Standing, detail: Detail | None = None) -> bytes:
    """What `tell` gives, as bytes that are the same for the same alert."""
    return orjson.dumps(tell(standing, detail), option=orjson.OPT_SORT_KEYS)


def instant(microseconds: int) -> str:
    """A time as RFC 3339 has it, in UTC."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).isoformat(timespec="milliseconds")
