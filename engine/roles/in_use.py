"""The conversion that the transformer works with: changed between two batches only, so that no message is half mapped.

All transformers of one folder come to agree on its generation: each follows the topic of activations.
"""

from __future__ import annotations

import time
from dataclasses import replace

import structlog

from engine.bus.bus import Bus, Producer
from engine.language.garbage import look_seldom
from engine.observe.metrics import Metrics
from engine.parts import now_us
from engine.roles.child import Lifeline
from engine.roles.working_set import Watch, WorkingSet
from engine.transforms.activation import TOPIC, activate, find_generation
from engine.transforms.conversion import Conversion

AGREE = 5.0
"""Seconds between two looks at what other transformers activated."""

log = structlog.get_logger("transform")


class InUse:
    """Gives the conversion before each batch; what the watch has read since is activated first."""

    def __init__(self, bus: Bus, producer: Producer, watch: Watch, metrics: Metrics, lifeline: Lifeline) -> None:
        """Activate what the watch read first; raises BusError."""
        self._bus = bus
        self._producer = producer
        self._watch = watch
        self._metrics = metrics
        self._lifeline = lifeline
        self._set = watch.read
        self._end = -1
        self._looked = time.monotonic()
        self._conversion = self._activated(self._set)

    def __call__(self) -> Conversion:
        """What to work with now; raises BusError, and then the next call tries again."""
        read = self._watch.read
        if read is not self._set:
            self._conversion = self._changed(read)
            self._set = read
            look_seldom()
        elif time.monotonic() - self._looked > AGREE:
            self._looked = time.monotonic()
            self._agree()
        return self._conversion

    def _changed(self, read: WorkingSet) -> Conversion:
        if read.mappings is self._set.mappings:
            return replace(self._conversion, registry=read.registry)
        conversion = self._activated(read)
        self._metrics.mapping_reloads.inc()
        return conversion

    def _activated(self, read: WorkingSet) -> Conversion:
        generation = activate(self._bus, self._producer, read.mappings.version, now_us())
        self._tell(read.mappings.version, generation)
        router = read.router
        return Conversion(
            read.mappings, generation, read.registry, router.route, keys=router.keys, strict=router.strict
        )

    def _agree(self) -> None:
        """Take over the generation under which others activated this version again."""
        end = sum(span.next for span in self._bus.spans(TOPIC).values())
        if end == self._end:
            return
        version = self._set.mappings.version
        generation = find_generation(self._bus, version)
        self._end = end
        if generation is not None and generation != self._conversion.generation:
            self._conversion = replace(self._conversion, generation=generation)
            self._tell(version, generation)

    def _tell(self, version: str, generation: int) -> None:
        self._metrics.mapping_generation.set(generation)
        log.info("mappings in use", version=version, generation=generation)
        self._lifeline.ready(version)
