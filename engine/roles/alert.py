"""The alert role: runs the alert rules, and tells of the events that routes sent to `alerts.*`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from engine.alerts.load import load_rules
from engine.alerts.notice import read_notice
from engine.bus.bus import Bus, Consumer
from engine.bus.record import next_offsets
from engine.config import Settings
from engine.facilities.watch import MOST_FAULTS
from engine.language.fault import Faults
from engine.language.quiet import Quiet
from engine.observe.metrics import Metrics
from engine.parts import declare_topics, open_bus
from engine.roles.alert_meter import AlertMeter
from engine.roles.alert_rules import run_rules
from engine.roles.child import Lifeline
from engine.roles.sinks import running_sinks
from engine.routes.load import load_routes

GROUP = "alert"
ALERTS = "alerts."
"""How the topics begin of which somebody is told; routes may lead elsewhere too."""
BATCH = 500
PATIENCE = 0.5
PATIENT = 10.0
"""Seconds that the rules have to end: a client that waits for brokers must not keep the role from starting again."""
LOOK = 1.0
"""Seconds between two looks at the files, and so the least that they must stand still."""

log = structlog.get_logger("alert")
Read = TypeVar("Read")


def run(settings: Settings, lifeline: Lifeline) -> None:
    """Run the rules, and write a log line for each event of an alert topic, until the lifeline ends; at least once."""
    metrics = Metrics()
    routes = Files(settings.mappings / "routes", lambda folder: load_routes(folder).topics)
    with open_bus(settings, metrics) as bus:
        bus.ensure(declare_topics(settings, (), routes.read))
        with running_sinks(settings, metrics, lifeline.stop), _rules(settings, bus, metrics, lifeline.stop):
            lifeline.ready()
            while not lifeline.stop.is_set():
                _alert(bus, routes, metrics, lifeline.stop)
                bus.ensure(declare_topics(settings, (), routes.read))


class Files(Generic[Read]):
    """What the YAML files of a folder say; what they said before stays while they are at fault."""

    def __init__(
        self, folder: Path, load: Callable[[Path], Read], refused: Callable[[Faults], None] = lambda _: None
    ) -> None:
        """Read them the first time; raises Faults. `refused` hears of faults in what is there later."""
        self._load = partial(load, folder)
        self._refused = refused
        self._files = Quiet(partial(folder.glob, "[!.]*"))
        self._looked = time.monotonic()
        self.read = self._load()

    def changed(self) -> bool:
        """Whether they say something else now; looks at them once in LOOK seconds."""
        if time.monotonic() - self._looked < LOOK:
            return False
        self._looked = time.monotonic()
        before = self.read
        if self._files.settled():
            try:
                self.read = self._load()
            except Faults as faults:
                self._refused(faults)
        return self.read != before


@contextmanager
def _rules(settings: Settings, bus: Bus, metrics: Metrics, stop: threading.Event) -> Iterator[None]:
    """Run the rules on a thread of their own while this lasts; what goes wrong there ends the role."""
    failed = list[Exception]()

    def refused(faults: Faults) -> None:
        metrics.mapping_faults.inc()
        problems = [str(fault) for fault in faults.faults[:MOST_FAULTS]]
        log.error("alert rules not reloaded, those before stay in use", faults=problems)

    rules = Files(settings.mappings / "alerts", load_rules, refused)

    def work() -> None:
        try:
            while not stop.is_set():
                run_rules(settings, bus, rules.read, AlertMeter(metrics), lambda: stop.is_set() or rules.changed())
                log.info("alert rules", rules=len(rules.read))
        except Exception as error:
            failed.append(error)
            stop.set()

    thread = threading.Thread(target=work, name="alert rules", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENT)
    if failed:
        raise failed[0]


def _alert(bus: Bus, routes: Files[tuple[str, ...]], metrics: Metrics, stop: threading.Event) -> None:
    """Until `stop`, or until there are other topics."""
    topics = [topic for topic in routes.read if topic.startswith(ALERTS)]
    while not (topics or stop.wait(PATIENCE) or routes.changed()):
        pass  # as long as no route writes to any
    if topics:
        _tell(bus.consumer(GROUP, topics), routes, metrics, stop)


def _tell(consumer: Consumer, routes: Files[tuple[str, ...]], metrics: Metrics, stop: threading.Event) -> None:
    while not (stop.is_set() or routes.changed()):
        records = consumer.poll(BATCH, PATIENCE)
        for record in records:
            log.warning("event", **asdict(read_notice(record)))
            metrics.alerts.labels(topic=record.topic).inc()
        if records:
            consumer.commit(next_offsets(records))
    consumer.close()
