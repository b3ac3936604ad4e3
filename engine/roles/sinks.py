"""The sinks of the role `alert`: each on a thread of its own, with a bus and a group of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import structlog

from engine.alerts.sinks.feed import Feed
from engine.alerts.sinks.opening import open_sink
from engine.alerts.sinks.sink import Sink
from engine.config import AnySink, Settings
from engine.observe.metrics import Metrics
from engine.parts import now_us, open_bus, open_reader
from engine.roles.detail import Details

PATIENCE = 6.0
"""Seconds that a sink has to end."""

log = structlog.get_logger("alert")


class SinkMeter:
    """Counts what became of alerts at one sink."""

    def __init__(self, metrics: Metrics, sink: str) -> None:
        self._metrics = metrics
        self._sink = sink
        self._failures = metrics.sink_failures.labels(sink)
        self._failing = metrics.sink_failing_active.labels(sink)
        self._seconds = metrics.sink_seconds.labels(sink)

    def done(self, result: str, seconds: float) -> None:
        self._metrics.sink_alerts.labels(self._sink, result).inc()
        self._seconds.observe(seconds)
        self._failing.set(0)

    def failed(self) -> None:
        self._failures.inc()
        self._failing.set(1)


@contextmanager
def running_sinks(settings: Settings, metrics: Metrics, stop: threading.Event) -> Iterator[None]:
    """Feed every sink of the settings until `stop`; raises Faults when a file that one names is no use.

    A sink that cannot begin ends the role, which starts again: alerts that go nowhere would be missed by nobody.
    """
    sinks = [(one, open_sink(one, Details(partial(open_reader, settings)))) for one in settings.sinks]
    failed: list[Exception] = []

    def work(told: AnySink, sink: Sink) -> None:
        try:
            _feed(settings, told, sink, metrics, stop)
        except Exception as error:
            failed.append(error)
            stop.set()

    threads = [threading.Thread(target=work, args=sink, name=f"sink {sink[0].name}", daemon=True) for sink in sinks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join(PATIENCE)
    if failed:
        raise failed[0]


def _feed(settings: Settings, told: AnySink, sink: Sink, metrics: Metrics, stop: threading.Event) -> None:
    meter = SinkMeter(metrics, told.name)
    with open_bus(settings) as bus:
        names = [one.name for one in settings.sinks]
        feed = Feed(told.name, sink, bus, now_us, meter, is_default=told.default, known=names)
        log.info("sink opens", sink=told.name, kind=told.kind, clinical=told.clinical)
        feed.run(stop)
