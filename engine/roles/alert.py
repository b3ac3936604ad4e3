"""The alert role: tells of the events that routes sent to `alerts.*`."""

from __future__ import annotations

from dataclasses import asdict

import structlog

from engine.alerts.notice import read_notice
from engine.bus.record import next_offsets
from engine.config import Settings
from engine.observe.metrics import Metrics
from engine.parts import declare_topics, open_bus
from engine.roles.child import Lifeline
from engine.routes.load import load_routes

GROUP = "alert"
BATCH = 500
PATIENCE = 0.5

log = structlog.get_logger("alert")


def run(settings: Settings, lifeline: Lifeline) -> None:
    """Write a log line and count an alert for each event of an alert topic, until the lifeline ends; at least once."""
    metrics = Metrics()
    topics = load_routes(settings.mappings / "routes").topics
    with open_bus(settings, metrics) as bus:
        bus.ensure(declare_topics(settings, (), topics))
        consumer = bus.consumer(GROUP, topics)
        lifeline.ready()
        while not lifeline.stop.is_set():
            records = consumer.poll(BATCH, PATIENCE)
            for record in records:
                log.warning("alert", **asdict(read_notice(record)))
                metrics.alerts.labels(topic=record.topic).inc()
            if records:
                consumer.commit(next_offsets(records))
        consumer.close()
