"""The load role: the loader with the warehouse of the settings, and the door for those who ask it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from engine.canonical import receipt
from engine.canonical.dead import Reason, Stage
from engine.canonical.envelope import topic_of
from engine.config import Settings
from engine.loaders.batch import Loaded
from engine.loaders.loader import Loader
from engine.loaders.query_socket import serve_queries
from engine.loaders.warehouse import Unavailable, Warehouse
from engine.observe.metrics import Metrics
from engine.parts import SOCKET_FILE, declare_topics, now_us, open_bus, open_warehouse
from engine.roles.child import Lifeline
from engine.transforms.load import load_mappings

PAUSE = 2.0
"""Seconds between two attempts to reach a warehouse that is not there yet."""

log = structlog.get_logger("load")


class LoadMeter:
    """Counts what the loader did."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def loaded(self, batch: Loaded, seconds: float) -> None:
        self._metrics.load_seconds.observe(seconds)
        self._metrics.batches_loaded.inc()
        for table, rows in batch.rows.items():
            self._metrics.rows_loaded.labels(table=table).inc(rows)

    def buried(self, reason: Reason) -> None:
        self._metrics.dead_letters.labels(stage=Stage.LOAD, reason=reason).inc()


def run(settings: Settings, lifeline: Lifeline) -> None:
    """Load until the lifeline ends; while it lasts, others ask the warehouse through the socket in `home`."""
    mappings = load_mappings(settings.mappings)
    declared = declare_topics(settings, mappings.resource_types, ())
    topics = [receipt.TOPIC, *(topic_of(resource_type) for resource_type in sorted(mappings.resource_types))]
    metrics = Metrics()
    with open_bus(settings, metrics) as bus, _opened(settings, lifeline) as warehouse:
        bus.ensure(declared)
        producer = bus.producer()
        with serve_queries(warehouse, settings.home / SOCKET_FILE):
            lifeline.ready(settings.warehouse.kind)
            Loader(bus, producer, warehouse, topics, now_us, LoadMeter(metrics)).run(lifeline.stop)
        producer.close()


@contextmanager
def _opened(settings: Settings, lifeline: Lifeline) -> Iterator[Warehouse]:
    """The warehouse, waited for as long as it is not there."""
    warehouse = _wait_for(settings, lifeline)
    try:
        yield warehouse
    finally:
        warehouse.close()


def _wait_for(settings: Settings, lifeline: Lifeline) -> Warehouse:
    while True:
        try:
            warehouse = open_warehouse(settings)
            warehouse.migrate()
        except Unavailable as error:
            log.warning("the warehouse is not there, trying again", problem=str(error), pause_s=PAUSE)
            if lifeline.stop.wait(PAUSE):
                raise
        else:
            return warehouse
