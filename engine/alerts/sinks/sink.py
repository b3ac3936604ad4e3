"""What every sink does, and how it says that it could not.

SinkError
├── Away      it may pass: no connection, no time, a status such as 503
└── Refused   the receiver does not take this alert, now or ever
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from engine.alerts.standing import Standing

Detail = Callable[[Sequence[str]], Sequence[Mapping[str, Any]]]
"""The resources that events of these ids told of; for clinical sinks alone. Raises Away."""


class SinkError(Exception):
    """The alert did not go out; the text names no value of an alert and no secret."""


class Away(SinkError):
    """It may pass: the alert is sent again."""


class Refused(SinkError):
    """It will not pass: the alert is not sent again."""


class Sink(Protocol):
    """Sends alerts to one receiver. At least once: what `send` returned from has arrived, what it raised may have."""

    again: float | None
    """Seconds after which what fires is to be sent again, for receivers that forget; None: never."""

    def send(self, standing: Standing) -> None:
        """Have the receiver know of the alert as it stands; returns within seconds. Raises Away and Refused."""

    def close(self) -> None:
        """Let go of what is open."""
