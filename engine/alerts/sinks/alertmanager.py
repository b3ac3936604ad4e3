"""Alertmanager, by its API of version 2: labels name an alert, so that a repeat is the same alert."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable
from typing import Any

import orjson

from engine.alerts.alert import Status
from engine.alerts.sinks.posting import Poster
from engine.alerts.sinks.telling import instant, tell
from engine.alerts.standing import Standing

AGAIN = 60.0
KEPT = 5
"""What fires is sent every minute and counts as over after five without: so long an engine may be away."""
MICRO = 1_000_000

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")


class Alertmanager:
    """Posts each alert, and what fires again and again."""

    again: float | None = AGAIN

    def __init__(
        self,
        url: str,
        context: ssl.SSLContext,
        timeout: float,
        token: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._poster = Poster(f"{url.rstrip('/')}/api/v2/alerts", context, timeout)
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._clock = clock

    def send(self, standing: Standing) -> None:
        """Post it, with its end if it has one."""
        until_us = round((self._clock() + AGAIN * KEPT) * MICRO)
        self._poster.post(orjson.dumps([post_of(standing, until_us)]), self._headers)

    def close(self) -> None:
        """Nothing is kept open between two alerts."""


def post_of(standing: Standing, until_us: int) -> dict[str, Any]:
    """The alert as Alertmanager takes it; one that fires counts as over at `until_us` unless it is sent again."""
    told, alert = tell(standing), standing.alert
    named = {name: told[name] for name in ("kind", "severity", "facility", "place")}
    own = {name: text for name, text in alert.labels.items() if _LABEL.match(name)}
    labels = {**own, **named, "alertname": alert.rule, "source": "engine", "alert": alert.id}
    ends = alert.ended_us if alert.status is Status.RESOLVED and alert.ended_us is not None else until_us
    return {
        "labels": {name: text for name, text in labels.items() if text},
        "annotations": {"summary": alert.summary, "runbook_url": alert.run_book, "subject": alert.subject},
        "startsAt": told["started"],
        "endsAt": instant(ends),
    }
