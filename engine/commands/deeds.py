"""What people do with the engine's records: written to `audit` before it is done, with the person's name."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence

from engine.bus.bus import Bus
from engine.bus.record import Position, Topic
from engine.canonical import audit
from engine.canonical.audit import Event, SecurityEvent
from engine.canonical.chain import Chain
from engine.parts import now_us
from engine.transforms.publishing import publish_records

MOST_NAMED = 100
"""Records that one event names; a count tells of all."""


def person() -> str:
    """The name of the account that this process runs under, which its environment cannot change."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"


def note_deed(bus: Bus, event: Event, records: Sequence[Position] = (), count: int = 0, why: str = "") -> None:
    """Write that this person is about to do something, durable on return; raises BusError."""
    bus.ensure([Topic(audit.TOPIC, partitions=1)])
    named = tuple(str(record) for record in records[:MOST_NAMED])
    deed = SecurityEvent(event, "", now_us(), reason=why, count=count or len(records), person=person(), records=named)
    started = SecurityEvent(Event.RECORDING_STARTED, "", now_us(), person=person())
    chain, producer = Chain(os.urandom(16).hex()), bus.producer()
    try:
        publish_records(producer, [chain.seal(started), chain.seal(deed)])
    finally:
        producer.close()
