"""The engine's parts, opened as the settings say: what roles and commands are put together from."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.bus.bus import Bus, Producer
from engine.bus.record import Topic
from engine.bus.topics_file import read_topics
from engine.canonical.key import SECRET_BYTES
from engine.config import Settings
from engine.config.lake import LakeSettings
from engine.language.fault import Fault, Faults, Mark
from engine.loaders.warehouse import Reader, Warehouse
from engine.topics import all_topics

if TYPE_CHECKING:  # prometheus_client must not be imported before its folder is named, and Kafka's client only if used
    from engine.bus.kafka.bus import KafkaBus
    from engine.bus.live import Live
    from engine.loaders.lake.lake import Lake
    from engine.loaders.view_tables import ViewTable
    from engine.observe.metrics import Metrics

LAKE = "lake"
DUCKDB_FILE = "warehouse.duckdb"
SOCKET_FILE = "warehouse.sock"
OBSERVE_SOCKET = "observe.sock"

ANSWER = 15.0
"""Seconds that Kafka has for questions about topics, unless the caller cannot wait so long."""

BACKSTOP = 5.0
"""Seconds that Kafka's client tries on after the spool has given up: no single record may fail before all do."""


def open_bus(settings: Settings, metrics: Metrics | None = None, answer: float = ANSWER) -> Bus:
    """The bus that the settings name; raises Faults when the keys to seal with cannot be had.

    `metrics` count what cannot be opened; Kafka has `answer` seconds for questions about topics.
    """
    bus: Bus
    if settings.bus.kind == "kafka":
        bus = _open_kafka(settings, answer=answer)
    else:
        from engine.bus.embedded.bus import EmbeddedBus

        bus = EmbeddedBus(settings.home / "bus", lease=settings.bus.lease.total_seconds())
    if settings.bus.seal_keys is None:
        return bus
    from engine.bus.seal import read_seal_keys
    from engine.bus.sealed import SealedBus

    keys = read_seal_keys(settings.bus.seal_keys)
    return SealedBus(bus, keys, lambda why: metrics.seals_unopened.labels(why).inc() if metrics else None)


def open_live(settings: Settings, topic: str) -> Live:
    """A topic of the bus as it grows; raises Faults when the keys to open values with cannot be had."""
    bus = open_bus(settings)
    if settings.bus.kind == "embedded":
        from engine.bus.live import PolledLive

        return PolledLive(bus, topic)
    from engine.bus.kafka.live import open_kafka_live
    from engine.bus.seal import read_seal_keys

    keys = read_seal_keys(settings.bus.seal_keys) if settings.bus.seal_keys else None
    return open_kafka_live(bus, topic, settings.bus.bootstrap, settings.bus.properties, keys)


def open_spooled(settings: Settings, metrics: Metrics, worker: int) -> Producer:
    """The producer of a worker that listens over Kafka: it makes the topics, and spools while Kafka is away.

    Raises BusError when the spool of this worker is another process's.
    """
    from engine.bus.spool.meter import Meter
    from engine.bus.spool.producer import SpooledProducer, SpoolPlace

    spool, workers = settings.bus.spool, max((one.workers for one in settings.listeners), default=1)
    confirm = spool.confirm.total_seconds()
    kafka = _open_kafka(settings, deadline=2 * confirm + BACKSTOP, answer=confirm)
    place = SpoolPlace(spool_root(settings), spool.most, worker, workers)
    prepare = partial(kafka.ensure, declare_topics(settings, (), ()))
    spooled = SpooledProducer(kafka.producer(), place, confirm, prepare, Meter(metrics))
    if settings.bus.seal_keys is None:
        return spooled
    from engine.bus.seal import read_seal_keys
    from engine.bus.sealed import SealedProducer

    return SealedProducer(spooled, read_seal_keys(settings.bus.seal_keys))


def spool_root(settings: Settings) -> Path:
    """The folder of all spools of this machine."""
    return settings.home / "spool"


def view_tables(settings: Settings) -> tuple[ViewTable, ...]:
    """The tables of the views, and those for analysts where the settings ask for them; raises Faults."""
    from engine.loaders.pseudonyms import analyst_tables
    from engine.loaders.view_tables import load_view_tables

    views = load_view_tables(settings.views_folder())
    return (*views, *analyst_tables(views, read_secret(settings))) if settings.warehouse.analysts else views


def open_warehouse(settings: Settings) -> Warehouse:
    """The warehouse that the settings name, to load into; DuckDB lets one process in."""
    if settings.warehouse.kind == "postgres":
        from engine.loaders.postgres_warehouse import PostgresWarehouse

        return PostgresWarehouse(settings.warehouse.url.get_secret_value())
    from engine.loaders.duckdb_warehouse import DuckdbWarehouse

    return DuckdbWarehouse(settings.home / DUCKDB_FILE)


def open_reader(settings: Settings) -> Reader:
    """The warehouse to read from: a running engine's through its socket, else the file itself."""
    if settings.warehouse.kind == "postgres":
        return open_warehouse(settings)
    from engine.loaders.duckdb_warehouse import DuckdbWarehouse
    from engine.loaders.query_socket import RemoteWarehouse

    remote = RemoteWarehouse(settings.home / SOCKET_FILE)
    if remote.answers():
        return remote
    path = settings.home / DUCKDB_FILE
    if not path.exists():
        hint = "name the home of an engine that ran with --home, or start one with `engine run`"
        raise Faults([Fault(Mark(str(path)), "C010", "warehouse", "is not there", hint)])
    return DuckdbWarehouse(path, read_only=True)


def open_lake(settings: Settings, make: bool = True) -> Lake:
    """The lake that the settings name, with its tables if it is to `make` them; raises Unavailable."""
    from engine.loaders.lake.opening import open_catalog

    told, folder = settings.lake or LakeSettings(), (settings.home / LAKE).absolute()
    if make:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    uri = told.catalog.get_secret_value() or f"sqlite:///{folder / 'catalog.db'}"
    return open_catalog(uri, told.files or f"file://{folder / 'files'}", make)


def declare_topics(settings: Settings, resource_types: Iterable[str], route_topics: Iterable[str]) -> list[Topic]:
    """Every topic of the engine, as the file of topics declares it; raises Faults."""
    return all_topics(settings, read_topics(settings.topics_file()), resource_types, route_topics)


def read_secret(settings: Settings) -> bytes:
    """The secret of keyed hashes, made on first use when no `key_file` is set; raises Faults when it is unfit."""
    path = settings.key_file or settings.home / "key"
    if settings.key_file is None:
        _make_secret(path)
    try:
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError):
        secret = b""
    if len(secret) != SECRET_BYTES:
        what = f"does not hold {SECRET_BYTES} bytes in hex"
        raise Faults([Fault(Mark(str(path)), "C005", "key_file", what, "make one with `openssl rand -hex 32`")])
    return secret


def require_home(settings: Settings) -> None:
    """Raise Faults when there is nothing to look at because no engine ever ran here."""
    kept = settings.home / "bus"
    if settings.bus.kind == "embedded" and not kept.exists():
        hint = "name the home of an engine that ran with --home, or start one with `engine run`"
        raise Faults([Fault(Mark(str(kept)), "C009", "home", "is not there", hint)])


def _open_kafka(settings: Settings, **patience: float) -> KafkaBus:
    from engine.bus.kafka.bus import KafkaBus
    from engine.bus.kafka.settings import Membership

    return KafkaBus(
        settings.bus.bootstrap,
        replication=settings.bus.replication,
        min_insync=settings.bus.min_insync,
        settings=settings.bus.kafka_properties(),
        membership=Membership(settings.bus.lease.total_seconds(), settings.bus.instance, settings.bus.group_protocol),
        **patience,
    )


def now_us() -> int:
    """Microseconds since the epoch, UTC."""
    return time.time_ns() // 1000


def _make_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(SECRET_BYTES))
