"""The alert role: tells of the events that routes sent to `alerts.*`."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path

import structlog

from engine.alerts.notice import read_notice
from engine.bus.bus import Bus
from engine.bus.record import next_offsets
from engine.config import Settings
from engine.language.fault import Faults
from engine.language.quiet import Quiet
from engine.observe.metrics import Metrics
from engine.parts import declare_topics, open_bus
from engine.roles.child import Lifeline
from engine.roles.sinks import running_sinks
from engine.routes.load import load_routes

GROUP = "alert"
ALERTS = "alerts."
"""How the topics begin of which somebody is told; routes may lead elsewhere too."""
BATCH = 500
PATIENCE = 0.5
LOOK = 1.0
"""Seconds between two looks at the routes, and so the least that they must stand still."""

log = structlog.get_logger("alert")


def run(settings: Settings, lifeline: Lifeline) -> None:
    """Write a log line and count an alert for each event of an alert topic, until the lifeline ends; at least once."""
    metrics = Metrics()
    routes = RouteTopics(settings.mappings / "routes")
    with open_bus(settings, metrics) as bus:
        bus.ensure(declare_topics(settings, (), routes.topics))
        with running_sinks(settings, metrics, lifeline.stop):
            lifeline.ready()
            while not lifeline.stop.is_set():
                _alert(bus, routes, metrics, lifeline.stop)
                bus.ensure(declare_topics(settings, (), routes.topics))


class RouteTopics:
    """The topics that routes write to; those before stay while changed routes are at fault."""

    def __init__(self, folder: Path) -> None:
        """Read the routes the first time; raises Faults."""
        self._folder = folder
        self._files = Quiet(partial(folder.glob, "[!.]*.yaml"))
        self._looked = time.monotonic()
        self.topics = load_routes(folder).topics

    def changed(self) -> bool:
        """Whether there are other topics now; looks at the files once in LOOK seconds."""
        if time.monotonic() - self._looked < LOOK:
            return False
        self._looked = time.monotonic()
        before = self.topics
        if self._files.settled():
            with suppress(Faults):  # which the transform role tells
                self.topics = load_routes(self._folder).topics
        return self.topics != before


def _alert(bus: Bus, routes: RouteTopics, metrics: Metrics, stop: threading.Event) -> None:
    """Until `stop`, or until there are other topics."""
    consumer = bus.consumer(GROUP, [topic for topic in routes.topics if topic.startswith(ALERTS)])
    while not (stop.is_set() or routes.changed()):
        records = consumer.poll(BATCH, PATIENCE)
        for record in records:
            log.warning("alert", **asdict(read_notice(record)))
            metrics.alerts.labels(topic=record.topic).inc()
        if records:
            consumer.commit(next_offsets(records))
    consumer.close()
