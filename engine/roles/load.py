"""The load role: the loader with the warehouse of the settings, and the door for those who ask it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict

import structlog

from engine.bus.bus import Bus, BusError
from engine.canonical import receipt
from engine.canonical.dead import Reason, Stage
from engine.canonical.envelope import is_latest, topic_of
from engine.config import Settings
from engine.facilities.watch import RegistryWatch
from engine.loaders.batch import Loaded
from engine.loaders.defining import Registered, define
from engine.loaders.feed_accounts import FeedAccounts
from engine.loaders.filling import Filling
from engine.loaders.loader import Loader
from engine.loaders.person_decisions import Deciding
from engine.loaders.person_rule import Taking
from engine.loaders.persons import Persons
from engine.loaders.publishing import Publishing
from engine.loaders.query_socket import serve_queries
from engine.loaders.reckoning import Pace, Reckoning
from engine.loaders.reconcile import Counts
from engine.loaders.starting import bring_up
from engine.loaders.view_rows import ViewRows
from engine.loaders.warehouse import OtherViews, Unavailable, Warehouse
from engine.observe.metrics import Metrics
from engine.parts import SOCKET_FILE, declare_topics, now_us, open_bus, open_warehouse, read_secret, view_tables
from engine.persons.links import make_rule
from engine.roles.child import Lifeline
from engine.roles.lake import keeping_lake
from engine.transforms.load import read_types
from engine.transforms.transformer import GROUP as TRANSFORMER

LOOK = 2.0
"""Seconds between two looks at which topics there are."""
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

    def reckoned(self, counts: Counts) -> None:
        """Tell of an account that was taken."""
        for fate, count in asdict(counts).items():
            self._metrics.reconciled.labels(fate=fate).set(count)
        self._metrics.unaccounted.set(counts.missing)

    def unfit(self, view: str) -> None:
        """Count a resource that has no rows in a view's table."""
        self._metrics.resources_unfit.labels(table=view).inc()

    def buried(self, reason: Reason) -> None:
        self._metrics.dead_letters.labels(stage=Stage.LOAD, reason=reason).inc()


def run(settings: Settings, lifeline: Lifeline) -> None:
    """Load until the lifeline ends; while it lasts, others ask the warehouse through the socket in `home`.

    Raises Faults when views are at fault, or when their tables cannot be brought up to them without a person.
    """
    views = view_tables(settings)
    declared = declare_topics(settings, read_types(settings.mappings, settings.optional_resources), ())
    metrics = Metrics()
    meter = LoadMeter(metrics)
    persons = _persons(settings)
    with open_bus(settings, metrics) as bus, _opened(settings, lifeline) as warehouse:
        bus.ensure(declared)
        producer = bus.producer()
        bring_up(warehouse, views, now_us())
        watch = RegistryWatch(settings.registry_file(), None, metrics)
        define(warehouse, views, watch.read())
        registry = Registered(warehouse, watch.look, time.monotonic)
        rows = ViewRows(views, meter.unfit)
        taking, deciding = Taking(warehouse, persons), Deciding(bus, warehouse, persons)
        taking.begin()
        follows = (rows, persons, Publishing(producer, (topic.name for topic in declared)))
        reckoning = Reckoning(bus, warehouse, TRANSFORMER, _pace(settings), now_us, meter.reckoned)
        accounts = FeedAccounts(bus, producer, now_us)
        filling = Filling(warehouse, views, rows, now_us)

        def between() -> None:
            accounts.tell(reckoning.write())
            registry.follow()
            filling.step()
            taking.step()
            deciding.take()

        with _ended_by_other_views(), serve_queries(warehouse, settings.home / SOCKET_FILE), reckoning.running():
            lifeline.ready(settings.warehouse.kind)
            while not lifeline.stop.is_set():
                topics = topics_to_load(bus)
                with (
                    _until_others(bus, topics, lifeline.stop) as ended,
                    keeping_lake(settings, bus, metrics, topics, ended),
                ):
                    work = Loader(bus, producer, warehouse, topics, now_us, meter, follows, between=between)
                    work.run(ended)
        producer.close()


@contextmanager
def _ended_by_other_views() -> Iterator[None]:
    """End the role when the tables are of other views: its supervisor starts it again, and it reads the files anew."""
    try:
        yield
    except OtherViews as error:
        log.warning("the loader ends, to start with the views that it finds", problem=str(error))


def _persons(settings: Settings) -> Persons:
    secret, told = read_secret(settings), settings.persons
    return Persons(secret, make_rule(secret, told.most, told.placeholders))


def _pace(settings: Settings) -> Pace:
    told = settings.reconciliation
    return Pace(told.every.total_seconds(), round(told.back.total_seconds() * 1_000_000))


def topics_to_load(bus: Bus) -> list[str]:
    """The topic of receipts and those of resources, as they are now; changed mappings may make more."""
    names = (name for name in bus.topics() if name.startswith(topic_of("")) and not is_latest(name))
    return [receipt.TOPIC, *sorted(names)]


@contextmanager
def _until_others(bus: Bus, topics: list[str], stop: threading.Event) -> Iterator[threading.Event]:
    """Set at `stop`, or when there are other topics to load than these."""
    ended = threading.Event()

    def look() -> None:
        while not (ended.is_set() or stop.wait(LOOK)):
            with suppress(BusError):
                if topics_to_load(bus) != topics:
                    break
        ended.set()

    thread = threading.Thread(target=look, name="topics", daemon=True)
    thread.start()
    try:
        yield ended
    finally:
        ended.set()
        thread.join()


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
