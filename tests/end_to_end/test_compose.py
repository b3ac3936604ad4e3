from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.rig.compose import read_member
from tests.rig.kafka import Kafka
from tests.rig.plain import NO_AUTHORITIES
from tests.rig.process import Child, free_port, wait_until
from tests.rig.sender import StubbornSender
from tests.rig.visits import visits

ROLES = ("listen", "transform", "load", "alert", "observe")
SAMPLES = {
    "listen": 'engine_messages_received_total{listener="mllp",type="ADT"} 50.0',
    "transform": 'engine_messages_transformed_total{outcome="mapped"} 50.0',
    "load": 'engine_rows_loaded_total{table="current"}',
    "observe": 'engine_bus_lag_records{group="transformer",topic="hl7.raw"} 0.0',
}


@contextmanager
def running(role: str, folder: Path, places: dict[str, str]) -> Iterator[int]:
    """One role as its container would run it, with a home and an HTTP port of its own; gives the port."""
    home = folder / role
    member = read_member(role, {"POSTGRES_PASSWORD": "secret"}, {**places, "/var/lib/engine": str(home)})
    port = free_port()
    environment = {**member.environment, "ENGINE_HTTP__HOST": "127.0.0.1", "ENGINE_HTTP__PORT": str(port)}
    child = Child(member.command, folder / f"{role}.log", environment)
    child.start()
    try:
        wait_until(lambda: is_ready(port), f"{role} ready", 60)
        yield port
    finally:
        child.stop()


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", verify=NO_AUTHORITIES).status_code == 200
    except httpx.TransportError:
        return False


def metrics_of(port: int) -> str:
    return httpx.get(f"http://127.0.0.1:{port}/metrics", verify=NO_AUTHORITIES).text


def count_current(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return dict(connection.execute("select resource_type, count(*) from current group by 1").fetchall())


@pytest.mark.timeout(240)
def test_the_roles_of_the_compose_file_bring_messages_from_the_socket_to_postgresql(
    tmp_path: Path, kafka_single: Kafka, postgres_database: str
) -> None:
    key, port = tmp_path / "engine_key", free_port()
    key.write_text("5a" * 32, "ascii")
    places = {
        "kafka:9092": kafka_single.bootstrap,
        "/run/secrets/engine_key": str(key),
        "postgresql://engine:secret@postgres:5432/engine": postgres_database,
        json.dumps({"host": "0.0.0.0"})[1:-1]: json.dumps({"host": "127.0.0.1", "port": port})[1:-1],
    }
    with ExitStack() as stack:
        ports = {role: stack.enter_context(running(role, tmp_path, places)) for role in ROLES}
        sender = StubbornSender(port, visits(50))
        sender.start()
        sender.wait(60)
        wait_until(
            lambda: count_current(postgres_database) == {"Patient": 50, "Encounter": 50, "Location": 81}, "all rows", 60
        )
        wait_until(lambda: all(sample in metrics_of(ports[role]) for role, sample in SAMPLES.items()), "metrics", 60)
