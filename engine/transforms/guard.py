"""Keeps a transformer from turning a city into dead letters: it stands before it publishes the batch that is too much.

It goes on when somebody releases it, or under another generation of mappings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import structlog

from engine.bus.bus import Bus, Producer, read_topic
from engine.bus.elapsed import is_over
from engine.canonical.audit import Event, SecurityEvent
from engine.canonical.chain import Chain
from engine.transforms import stops
from engine.transforms.brake import Brake, Excess, Limits
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.publishing import publish_records
from engine.transforms.stops import Standing, Stop

LOOK_US = 5_000_000
"""Between two looks at whether another transformer stopped, or somebody released all."""
LOOK_STANDING_US = 500_000

log = structlog.get_logger("transform")


class Guard:
    """Knows whether the transformer stands; raises BusError where the bus does not answer."""

    def __init__(
        self,
        bus: Bus,
        producer: Producer,
        limits: Limits,
        now_us: Callable[[], int],
        tell: Callable[[bool], None] = lambda _stands: None,
    ) -> None:
        """`tell` hears whether it stands, whenever that changes."""
        self._bus = bus
        self._producer = producer
        self._limits = limits
        self._now_us = now_us
        self._tell = tell
        self._brake = Brake(limits, now_us)
        self._standing = Standing()
        self._end = -1
        self._looked_us = 0
        self._stands = False

    def stands(self, conversion: Conversion) -> bool:
        """Whether nothing may be transformed now."""
        if not self._limits.most:
            return False
        now_us = self._now_us()
        if is_over(self._looked_us, now_us, LOOK_STANDING_US if self._stands else LOOK_US):
            self._look()
            self._looked_us = now_us
        stop = self._standing.stop
        self._turn(stop is not None and stop.generation == conversion.generation)
        return self._stands

    def passes(self, batch: Sequence[Converted], conversion: Conversion, before: Sequence[Converted] = ()) -> bool:
        """Whether the batch may be published; if not, the stop is durable, and the transformer stands.

        `before` was let pass and is not counted yet.
        """
        if self._now_us() < self._standing.free_until_us:
            return True
        excess = self._brake.excess(batch, before)
        if excess is None:
            return True
        self._stop(excess, conversion)
        return False

    def published(self, batch: Sequence[Converted]) -> None:
        """Count what was published."""
        if self._limits.most and self._now_us() >= self._standing.free_until_us:
            self._brake.add(batch)

    def _look(self) -> None:
        end = sum(span.next for span in self._bus.spans(stops.TOPIC).values())
        if end != self._end:
            self._standing = stops.read_standing(read_topic(self._bus, stops.TOPIC))
            self._end = end

    def _stop(self, excess: Excess, conversion: Conversion) -> None:
        now_us, version = self._now_us(), conversion.mappings.version
        stop = Stop(now_us, conversion.generation, version, excess.messages, excess.dead, excess.reasons)
        chain = Chain(os.urandom(16).hex())
        why = f"{excess.dead} of {excess.messages} messages became dead letters"
        told = [
            SecurityEvent(Event.RECORDING_STARTED, "", now_us),
            SecurityEvent(Event.STOPPED, "", now_us, reason=why),
        ]
        publish_records(self._producer, [stops.encode(stop), *map(chain.seal, told)])
        self._standing = self._standing._replace(stop=stop)
        self._turn(True)

    def _turn(self, stands: bool) -> None:
        if stands == self._stands:
            return
        self._stands = stands
        self._brake.forget()
        self._tell(stands)
        stop = self._standing.stop
        if stands and stop:
            log.critical(
                "too many messages become dead letters, nothing is transformed until the cause is gone",
                dead=stop.dead,
                messages=stop.messages,
                reasons=stop.reasons,
                version=stop.version,
                hint="see `engine dead list`; correct the mappings, or let it go on with `engine dead release`",
            )
        else:
            log.warning("messages are transformed again")
