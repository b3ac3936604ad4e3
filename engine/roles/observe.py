"""The observe role: one process that knows the engine as a whole, its facilities by name and how far each group is."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import structlog

from engine.alerts.carried import is_by_faust
from engine.alerts.runner import GROUP as RULES
from engine.alerts.sinks.feed import groups_of
from engine.alerts.standing import TOPIC as ALERTING
from engine.bus.bus import Bus, BusError
from engine.canonical import raw, receipt
from engine.canonical.envelope import is_latest, topic_of
from engine.config import Settings
from engine.facilities.watch import RegistryWatch
from engine.loaders.loader import GROUP as LOADER
from engine.loaders.query_socket import serve_here
from engine.observe.metrics import Metrics
from engine.parts import OBSERVE_SOCKET, declare_topics, now_us, open_bus, open_reader
from engine.roles.alert import ALERTS
from engine.roles.alert import GROUP as ALERT
from engine.roles.alert_rules import GROUP as FAUST
from engine.roles.child import Lifeline
from engine.roles.lake import GROUP as LAKE
from engine.transforms.transformer import GROUP as TRANSFORMER
from engine.watch.app import watch_app
from engine.watch.facilities import Facilities
from engine.watch.kept import keep, restore
from engine.watch.lag import Lag
from engine.watch.observer import Observer
from engine.watch.open_alerts import OpenAlerts
from engine.watch.rounds import Rounds

KEPT = "observe.json"
WATCHED = "watched."
"""How the topics begin that routes write for alert rules."""
KEEP = 60
"""Turns between two times that what was counted is written down."""
ACCOUNT = 6
"""Rounds between two looks at the account in the warehouse."""

log = structlog.get_logger("observe")


class ObserveMeter:
    """Tells of the engine as a whole; what concerns one facility stands in the exposition of facilities."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def delivered(self, seconds: float) -> None:
        self._metrics.delivery_seconds.observe(seconds)

    def looked(self, facilities: Facilities, alerts: OpenAlerts, now_us: int) -> None:
        for group, share in facilities.coverage(now_us).items():
            self._metrics.facilities_registered.labels(*group).set(share.registered)
            self._metrics.facilities_reporting.labels(*group).set(share.reporting)
        for severity, count in alerts.by_severity(now_us).items():
            self._metrics.alerts_open.labels(severity).set(count)
        self._metrics.observed_timestamp_seconds.set(now_us / 1_000_000)

    def lagged(self, lag: Lag, now_us: int) -> None:
        self._metrics.bus_lag.labels(lag.group, lag.topic).set(lag.records)
        if lag.is_first:
            age = 0.0 if lag.oldest_us is None else max(now_us - lag.oldest_us, 0) / 1_000_000
            self._metrics.bus_lag_age_seconds.labels(lag.group).set(age)


def run(settings: Settings, lifeline: Lifeline) -> None:
    """Observe until the lifeline ends; raises Faults when the registry is at fault at the start."""
    metrics = Metrics()
    meter, watch = ObserveMeter(metrics), RegistryWatch(settings.registry_file(), None, metrics)
    told = settings.observing
    with open_bus(settings, metrics) as bus, open_bus(settings, metrics) as other:
        bus.ensure(declare_topics(settings, (), ()))
        objective_us = round(told.objective.total_seconds() * 1_000_000)
        observer = Observer(bus, watch.read(), objective_us, now_us, meter)
        restore(observer, settings.home / KEPT)
        rounds = Rounds(other, partial(open_reader, settings), partial(find_groups, other, settings), now_us, meter)
        with (
            serve_here(watch_app(observer, rounds, now_us), settings.home / OBSERVE_SOCKET),
            _going_round(rounds, observer, watch, told.lag_every.total_seconds()),
        ):
            lifeline.ready()
            _follow(observer, settings, lifeline.stop)
        keep(observer, settings.home / KEPT)


def find_groups(bus: Bus, settings: Settings) -> Mapping[str, Sequence[str]]:
    """The groups of the engine, and the topics that each reads as they are now; raises BusError."""
    names = sorted(bus.topics())
    events = [name for name in names if name.startswith(topic_of("")) and not is_latest(name)]
    lake = {LAKE: [receipt.TOPIC, *events]} if settings.lake else {}
    return {
        TRANSFORMER: [raw.TOPIC],
        LOADER: [receipt.TOPIC, *events],
        **lake,
        FAUST if is_by_faust(settings.bus) else RULES: [name for name in names if name.startswith(WATCHED)],
        ALERT: [name for name in names if name.startswith(ALERTS)],
        **{group: [ALERTING] for group in groups_of([one.name for one in settings.sinks])},
    }


def _follow(observer: Observer, settings: Settings, stop: threading.Event) -> None:
    turns = 0
    while not stop.wait(settings.observing.every.total_seconds()):
        try:
            observer.turn()
        except BusError as error:
            log.warning("the topics were not looked at, trying again", problem=str(error))
        turns += 1
        if turns % KEEP == 0:
            keep(observer, settings.home / KEPT)


@contextmanager
def _going_round(rounds: Rounds, observer: Observer, watch: RegistryWatch, every: float) -> Iterator[None]:
    """Ask what takes long on a thread of its own while this lasts."""
    stop = threading.Event()
    thread = threading.Thread(target=_go_round, args=(rounds, observer, watch, every, stop), name="rounds", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(1)


def _go_round(rounds: Rounds, observer: Observer, watch: RegistryWatch, every: float, stop: threading.Event) -> None:
    turns = 0
    while not stop.is_set():
        rounds.look()
        if turns % ACCOUNT == 0:
            rounds.take_account()
        if (registry := watch.look()) is not None:
            observer.use(registry)
        turns += 1
        stop.wait(every)
