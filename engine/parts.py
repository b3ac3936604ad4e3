"""The engine's parts, opened as the settings say: what roles and commands are put together from."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

from engine.bus.bus import Bus
from engine.bus.record import Topic
from engine.canonical import audit, dead, raw, receipt
from engine.canonical.envelope import topic_of
from engine.canonical.key import SECRET_BYTES
from engine.config import Settings
from engine.language.fault import Fault, Faults, Mark
from engine.listeners import sequence
from engine.loaders.warehouse import Reader, Warehouse
from engine.transforms import activation

DUCKDB_FILE = "warehouse.duckdb"
SOCKET_FILE = "warehouse.sock"


def open_bus(settings: Settings) -> Bus:
    """The bus that the settings name."""
    if settings.bus.kind == "kafka":
        from engine.bus.kafka.bus import KafkaBus

        return KafkaBus(
            settings.bus.bootstrap,
            replication=settings.bus.replication,
            min_insync=settings.bus.min_insync,
            settings=settings.bus.properties,
        )
    from engine.bus.embedded.bus import EmbeddedBus

    return EmbeddedBus(settings.home / "bus")


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


def declare_topics(settings: Settings, resource_types: Iterable[str], route_topics: Iterable[str]) -> list[Topic]:
    """Every topic of the engine: the fixed ones, one for each resource type, and those that routes write to."""
    canonical = sorted({topic_of(resource_type) for resource_type in resource_types})
    names = [raw.TOPIC, receipt.TOPIC, dead.TOPIC, *canonical, *sorted(set(route_topics))]
    topics = [Topic(name, settings.bus.partitions) for name in dict.fromkeys(names)]
    return [
        *topics,
        Topic(activation.TOPIC, partitions=1),
        Topic(audit.TOPIC, partitions=1),
        Topic(sequence.TOPIC, partitions=1, compacted=True),
    ]


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
