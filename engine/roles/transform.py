"""The transform role: the transformer with the mappings and routes of the settings."""

from __future__ import annotations

import gc
from collections.abc import Sequence

import structlog

from engine.canonical.dead import Stage
from engine.config import Settings
from engine.facilities.registry import read_registry
from engine.observe.metrics import Metrics
from engine.parts import declare_topics, now_us, open_bus
from engine.roles.child import Lifeline
from engine.routes.load import load_routes
from engine.transforms.activation import activate
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.load import load_mappings
from engine.transforms.transformer import Transformer

log = structlog.get_logger("transform")


class TransformMeter:
    """Counts what the transformer did."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def transformed(self, batch: Sequence[Converted], seconds: float) -> None:
        self._metrics.transform_seconds.observe(seconds)
        for converted in batch:
            self._metrics.messages_transformed.labels(outcome=converted.outcome).inc()
            for resource_type in converted.resource_types:
                self._metrics.events_published.labels(resource=resource_type).inc()
            if converted.unaddressed:
                self._metrics.application_acknowledgments_unaddressed.inc()
            if converted.reason:
                self._metrics.dead_letters.labels(stage=Stage.TRANSFORM, reason=converted.reason).inc()


def run(settings: Settings, lifeline: Lifeline) -> None:
    """Transform until the lifeline ends; raises Faults when the mappings, the routes or the registry are at fault."""
    metrics = Metrics()
    mappings, router = load_mappings(settings.mappings), load_routes(settings.mappings / "routes")
    registry = read_registry(settings.registry_file())
    with open_bus(settings, metrics) as bus:
        bus.ensure(declare_topics(settings, mappings.resource_types, router.topics))
        producer = bus.producer()
        generation = activate(bus, producer, mappings.version, now_us())
        metrics.mapping_generation.set(generation)
        log.info("mappings in use", version=mappings.version, generation=generation)
        conversion = Conversion(mappings, generation, registry, router.route)
        gc.freeze()  # the mappings stay: no collection need look at them again
        lifeline.ready(mappings.version)
        Transformer(bus, producer, conversion, now_us, TransformMeter(metrics)).run(lifeline.stop)
        producer.close()
