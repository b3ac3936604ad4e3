"""Tells on the bus when the certificates of listeners end."""

from __future__ import annotations

from typing import NamedTuple

import structlog

from engine.bus.bus import BusError, Producer
from engine.canonical import feed_state
from engine.listeners.clock import Clock

AGAIN = 3600.0
"""Seconds after which the same is told again: a rule that is new hears of it too."""

log = structlog.get_logger()


class Told(NamedTuple):
    """What was told of a listener, and when."""

    ends_us: int
    at: float


class CertificateEnds:
    """Made once a process, used on one event loop; `tell` may be called as often as one likes."""

    def __init__(self, producer: Producer, clock: Clock) -> None:
        self._producer = producer
        self._clock = clock
        self._told: dict[str, Told] = {}

    def tell(self, listener: str, ends_us: int) -> None:
        """Tell when the certificate of a listener ends, unless it was told lately."""
        now, told = self._clock.monotonic(), self._told.get(listener)
        if told and told.ends_us == ends_us and now - told.at < AGAIN:
            return
        self._told[listener] = Told(ends_us, now)

        def durable(error: BusError | None) -> None:
            if error is not None:
                log.warning("when a certificate ends is told later", listener=listener, problem=str(error))

        try:
            record = feed_state.encode_certificate(listener, ends_us, self._clock.now_us())
            self._producer.publish([record], durable)
        except BusError as error:
            durable(error)
