"""The sinks of the role `alert`: each on a thread of its own, with a bus and a group of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import orjson
import structlog

from engine.alerts.sinks.feed import Feed
from engine.alerts.sinks.opening import open_sink
from engine.alerts.sinks.sink import Away, Sink
from engine.bus.record import Position
from engine.config import AnySink, Settings
from engine.language.fault import Faults
from engine.loaders.warehouse import WarehouseError
from engine.observe.metrics import Metrics
from engine.parts import now_us, open_bus, open_reader

DETAIL_SECONDS = 5.0
COLUMNS = ("raw_part", "raw_offset", "generation", "event_index")
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
    """Feed every sink of the settings until `stop`; raises Faults when a file that one names is no use."""
    sinks = [(one, open_sink(one, partial(find_detail, settings))) for one in settings.sinks]
    threads = [
        threading.Thread(target=_feed, args=(settings, *sink, metrics, stop), name=f"sink {sink[0].name}", daemon=True)
        for sink in sinks
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join(PATIENCE)


def _feed(settings: Settings, told: AnySink, sink: Sink, metrics: Metrics, stop: threading.Event) -> None:
    meter = SinkMeter(metrics, told.name)
    with open_bus(settings) as bus:
        names = [one.name for one in settings.sinks]
        feed = Feed(told.name, sink, bus, now_us, meter, is_default=told.default, known=names)
        log.info("sink opens", sink=told.name, kind=told.kind, clinical=told.clinical)
        feed.run(stop)


def find_detail(settings: Settings, evidence: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """The resources that these events told of, from the warehouse; raises Away when it cannot be asked."""
    try:
        with closing(open_reader(settings)) as reader:
            asked = [reader.query(_question(one), 1, DETAIL_SECONDS).rows for one in evidence]
    except (WarehouseError, Faults, ValueError):
        raise Away("the warehouse does not answer, or does not have the event yet - see the role `load`") from None
    return [orjson.loads(row[0]) if isinstance(row[0], str) else row[0] for rows in asked for row in rows]


def _question(event: str) -> str:
    """For the event of this id, which is its raw record, generation and place; raises ValueError for another text."""
    raw, generation, index = event.rsplit("/", 2)
    at = Position.parse(raw)
    numbers = (at.partition, at.offset, int(generation), int(index))
    wanted = " and ".join(f"{name} = {number:d}" for name, number in zip(COLUMNS, numbers, strict=True))
    return f"select body from history where {wanted}"  # noqa: S608 - names of its own, and whole numbers
