"""What a listener counts, with the children of its metrics at hand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from enum import StrEnum

from engine.canonical.dead import Reason, Stage
from engine.listeners.received import Received
from engine.observe.metrics import SECONDS, Metrics, message_type


class End(StrEnum):
    """What ended a connection."""

    PEER = "peer"
    """The peer, or the network between."""
    DRAIN = "drain"
    """The listener stops."""
    LIMIT = "limit"
    """There were too many connections."""
    JUNK = "junk"
    """Too many bytes outside of frames, or a message without a frame (F3)."""
    REFUSED = "refused"
    """A frame that is too large, or several in a row that are no message (F12, F18)."""
    FRAME_DEADLINE = "frame-deadline"
    """A frame that did not end in time (F14)."""
    FIRST_BYTE_DEADLINE = "first-byte-deadline"
    """A peer that sent nothing in the time it had for its first byte (F14)."""
    UNANSWERED = "unanswered"
    """Storage did not confirm in time, so that no answer could be given."""


class Meters:
    """The metrics of one listener; `report` is called every second and at the end."""

    def __init__(self, metrics: Metrics, listener: str) -> None:
        self._metrics = metrics
        self._listener = listener
        self._accepted: dict[str, int] = {}
        self._acknowledged: dict[str, int] = {}
        self._clear_seconds()
        self._seconds = metrics.acknowledgment_seconds.labels(listener)
        self.junk_bytes = metrics.junk_bytes.labels(listener)
        self.truncated = metrics.frames_truncated.labels(listener)
        self.unanswered = metrics.frames_unanswered.labels(listener)
        self.duplicates = metrics.duplicates.labels(listener)
        self.control_id_reuse = metrics.control_id_reuse.labels(listener)
        self._connections = metrics.connections_active.labels(listener)
        self._opened = metrics.connections_opened.labels(listener)
        self._in_flight = metrics.in_flight_bytes.labels(listener)

    def stored(self, received: Received) -> None:
        """Count what was made durable: each message of it as accepted or as refused."""
        for one in received.parts or (received,):
            if one.answer.refusal and one.records:
                self._rejected(one.answer.refusal.reason, silently=one.answer.code is None)
            elif one.message_type and one.records:
                self._accepted_one(one.message_type)

    def _accepted_one(self, type_name: str) -> None:
        code = type_name[:3]
        self._accepted[code] = self._accepted.get(code, 0) + 1

    def _rejected(self, reason: Reason, *, silently: bool) -> None:
        if silently:
            self._metrics.frames_rejected_silently.labels(self._listener).inc()
        self._metrics.frames_rejected.labels(self._listener, reason).inc()
        self._metrics.dead_letters.labels(Stage.LISTEN, reason).inc()

    def odd(self, flag: str) -> None:
        """Count a frame taken although something about it is odd: a FrameFlag, or a batch's count."""
        self._metrics.frames_odd.labels(self._listener, flag).inc()

    def acknowledged(self, received: Received, now: float) -> None:
        """Count the acknowledgments of a frame as they are written."""
        for one in received.parts or (received,):
            code = one.answer.code
            if code:
                seconds = now - one.since
                self._acknowledged[code] = self._acknowledged.get(code, 0) + 1
                self._buckets[bisect_left(SECONDS, seconds)] += 1
                self._sum += seconds

    def left_unanswered(self, waiting: Iterable[Received]) -> None:
        """Count the acknowledgments that were due and can no longer be given."""
        self.unanswered.inc(sum(1 for received in waiting for one in received.each if one.answer.code))

    def report(self, in_flight: int) -> None:
        """Bring what was counted by the message, where every microsecond counts, into the metrics."""
        self._in_flight.set(in_flight)
        self._seconds.add(self._buckets, self._sum)
        self._clear_seconds()
        accepted, self._accepted = self._accepted, {}
        for code, count in accepted.items():
            self._metrics.messages_received.labels(self._listener, message_type(code)).inc(count)
        acknowledged, self._acknowledged = self._acknowledged, {}
        for code, count in acknowledged.items():
            self._metrics.acknowledgments.labels(self._listener, code).inc(count)

    def _clear_seconds(self) -> None:
        self._buckets = [0] * (len(SECONDS) + 1)
        self._sum = 0.0

    def handshake_failed(self, reason: str) -> None:
        """Count a TLS handshake that ended in no session."""
        self._metrics.handshakes_failed.labels(self._listener, reason).inc()

    def certificate(self, expires: float, *, refused: bool) -> None:
        """Tell when the listener's certificate ends, in seconds since the epoch, and count files that were refused."""
        self._metrics.certificate_expires_timestamp_seconds.labels(self._listener).set(expires)
        if refused:
            self._metrics.certificates_refused.labels(self._listener).inc()

    def opened(self) -> None:
        """Count a connection taken."""
        self._connections.inc()
        self._opened.inc()

    def closed(self, end: End) -> None:
        """Count the end of a connection."""
        self._connections.dec()
        self._metrics.connections_closed.labels(self._listener, end).inc()
