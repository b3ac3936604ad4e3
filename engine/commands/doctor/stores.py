"""The stores: the bus and the warehouse, asked as the roles would ask them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from engine.bus.bus import BusError
from engine.canonical import raw
from engine.commands.doctor.finding import Finding, ill, warning, well
from engine.config import Settings
from engine.config.lake import LakeSettings
from engine.language.fault import Faults
from engine.parts import DUCKDB_FILE, LAKE, open_bus, open_lake, open_reader


def look_at_stores(settings: Settings) -> Iterator[Finding]:
    """Findings on the bus and the warehouse, and on the lake where there is one."""
    yield _look_at_embedded_bus(settings) if settings.bus.kind == "embedded" else _look_at_kafka(settings)
    yield _look_at_warehouse(settings)
    if settings.lake:
        yield _look_at_lake(settings, settings.lake)


def _look_at_embedded_bus(settings: Settings) -> Finding:
    home = settings.home
    if not home.exists():
        return _look_at_new_home(home)
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return ill("bus", f"{home} cannot be written", "run the engine as its owner, or name another --home")
    if not (home / "bus").exists():
        return well("bus", f"embedded, made at the first start in {home}")
    return _count_topics(settings, "embedded")


def _look_at_new_home(home: Path) -> Finding:
    there = next(folder for folder in home.absolute().parents if folder.exists())
    if os.access(there, os.W_OK | os.X_OK):
        return well("bus", f"embedded, made at the first start in {home}")
    return ill("bus", f"{home} cannot be made", "name another folder with --home")


def _look_at_kafka(settings: Settings) -> Finding:
    if settings.bus.replication < 2 or settings.bus.min_insync < 2:
        found = _count_topics(settings, f"Kafka at {settings.bus.bootstrap}")
        remedy = "set replication: 3 and min_insync: 2 where three brokers run"
        return found if found.remedy else warning("bus", f"{found.says}; one broker may lose what it holds", remedy)
    return _count_topics(settings, f"Kafka at {settings.bus.bootstrap}")


def _count_topics(settings: Settings, kind: str) -> Finding:
    try:
        with open_bus(settings) as bus:
            topics = bus.topics()
    except BusError as error:
        return ill("bus", f"{kind}: {error}", "see that it runs, and that bus.bootstrap and bus.properties are right")
    if raw.TOPIC not in topics:
        return well("bus", f"{kind} answers; topics are made at the first start")
    return well("bus", f"{kind} answers, {len(topics)} topics")


def _look_at_warehouse(settings: Settings) -> Finding:
    kind = settings.warehouse.kind
    if kind == "duckdb" and not (settings.home / DUCKDB_FILE).exists():
        return well("warehouse", "duckdb, made at the first start")
    try:
        reader = open_reader(settings)
        try:
            reader.query("SELECT 1")
        finally:
            reader.close()
    except Faults as faults:
        return ill("warehouse", f"{kind}: {faults.faults[0].what}", faults.faults[0].hint)
    except Exception as error:  # each driver has its own; its text may hold the password of the URL
        remedy = "see that it runs, and that warehouse.url is right"
        return ill("warehouse", f"{kind} does not answer ({type(error).__name__})", remedy)
    return well("warehouse", f"{kind} answers")


def _look_at_lake(settings: Settings, told: LakeSettings) -> Finding:
    if not told.catalog.get_secret_value() and not (settings.home / LAKE).exists():
        return well("lake", "made at the first start")
    try:
        loaded = len(open_lake(settings, make=False).offsets())
    except Exception as error:  # each driver has its own; its text may hold the password of the catalog
        remedy = "start the engine once to make it, or see that lake.catalog is right and its database runs"
        return ill("lake", f"Iceberg does not answer ({type(error).__name__})", remedy)
    return well("lake", f"Iceberg answers, {loaded} partitions were loaded from")
