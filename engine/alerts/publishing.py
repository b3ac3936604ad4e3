"""Publishing what has to be durable before the next step."""

from __future__ import annotations

from collections.abc import Sequence

from engine.bus.bus import BusError, Producer
from engine.bus.record import Record

AT_ONCE = 1000
FLUSH_SECONDS = 30.0


def publish_durably(producer: Producer, records: Sequence[Record]) -> None:
    """Publish, and wait until all is durable. Raises BusError."""
    failed: list[BusError] = []
    for first in range(0, len(records), AT_ONCE):
        producer.publish(records[first : first + AT_ONCE], lambda error: failed.append(error) if error else None)
    if records:
        producer.flush(FLUSH_SECONDS)
    if failed:
        raise failed[0]
