"""What is struck at: an engine, a broker and a database as processes of their own, a proxy before each."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.faults.proxy import FaultProxy
from tests.rig.engine_process import EngineProcess
from tests.rig.island import Island
from tests.rig.kafka import FAST, Kafka, Node
from tests.rig.kafka.properties import node_settings
from tests.rig.postgres import Postgres
from tests.rig.process import free_port, wait_until

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class City:
    """The running parts; `link`, `way_to_broker` and `way_to_database` are the hops, each through its proxy."""

    engine: EngineProcess
    link: FaultProxy
    mappings: Path
    home: Path
    kafka: Kafka | None = None
    postgres: Postgres | None = None
    way_to_broker: FaultProxy | None = None
    way_to_database: FaultProxy | None = None
    island: Island | None = None
    """Where the last of several brokers stands."""

    def roles(self, name: str) -> list[psutil.Process]:
        """The processes of a role that run now."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if "role" in words and name in words and str(self.home) in words:
                found.append(process)
        return found

    def memory_mib(self) -> dict[str, int]:
        """Resident memory by role."""
        sizes: dict[str, int] = {}
        for name in ("listen", "transform", "load", "alert"):
            with contextlib.suppress(psutil.Error):
                sizes[name] = sum(one.memory_info().rss for one in self.roles(name)) >> 20
        return sizes

    def spooled(self) -> float:
        """How many records the listener keeps that Kafka does not have."""
        lines = self.engine.get("/metrics").text.splitlines()
        return sum(float(one.rpartition(" ")[2]) for one in lines if one.startswith("engine_spool_depth_records"))

    def wait_ready(self, seconds: float = 60) -> None:
        """Wait until every role runs again; nobody but the supervisor starts them."""
        wait_until(self._is_ready, "an engine that is ready", seconds)

    def _is_ready(self) -> bool:
        with contextlib.suppress(Exception):
            return self.engine.get("/health/ready").status_code == 200
        return False


@contextlib.contextmanager
def embedded_city(
    folder: Path, environment: Mapping[str, str] | None = None, seed: int = 1, options: tuple[str, ...] = ()
) -> Iterator[City]:
    """An engine on the embedded bus and DuckDB, the link to its listener through a proxy."""
    with ExitStack() as stack:
        yield _city(stack, folder, dict(environment or {}), seed, options)


@contextlib.contextmanager
def kafka_city(
    folder: Path, environment: Mapping[str, str] | None = None, seed: int = 1, options: tuple[str, ...] = ()
) -> Iterator[City]:
    """An engine on a real broker and a real PostgreSQL, each hop through a proxy."""
    with ExitStack() as stack:
        broker_port = free_port()
        way_to_broker = stack.enter_context(FaultProxy(broker_port, seed=seed))
        voter = f"1@127.0.0.1:{free_port()}"
        settings = node_settings(1, voter, broker_port, True, 1)
        settings["advertised.listeners"] = f"PLAINTEXT://127.0.0.1:{way_to_broker.port}"
        node = Node(folder / "kafka", settings, "512m", FAST)
        kafka = stack.enter_context(Kafka([node], [("127.0.0.1", way_to_broker.port)]))
        postgres = stack.enter_context(Postgres(folder / "postgres.log"))
        way_to_database = stack.enter_context(FaultProxy(postgres.port, seed=seed))
        settings_of_engine = {
            "ENGINE_BUS__KIND": "kafka",
            "ENGINE_BUS__BOOTSTRAP": kafka.bootstrap,
            "ENGINE_WAREHOUSE__KIND": "postgres",
            "ENGINE_WAREHOUSE__URL": postgres.url.replace(str(postgres.port), str(way_to_database.port)),
        }
        city = _city(stack, folder, settings_of_engine | dict(environment or {}), seed, options)
        city.kafka, city.postgres = kafka, postgres
        city.way_to_broker, city.way_to_database = way_to_broker, way_to_database
        yield city


@contextlib.contextmanager
def cluster_city(
    folder: Path, environment: Mapping[str, str] | None = None, seed: int = 1, options: tuple[str, ...] = ()
) -> Iterator[City]:
    """An engine on three brokers, one of them on an island, and a real PostgreSQL; needs root."""
    with ExitStack() as stack:
        island = stack.enter_context(Island())
        kafka = stack.enter_context(Kafka.cluster(folder / "kafka", island=island))
        postgres = stack.enter_context(Postgres(folder / "postgres.log"))
        settings = {
            "ENGINE_BUS__KIND": "kafka",
            "ENGINE_BUS__BOOTSTRAP": kafka.bootstrap,
            "ENGINE_WAREHOUSE__KIND": "postgres",
            "ENGINE_WAREHOUSE__URL": postgres.url,
        }
        city = _city(stack, folder, settings | dict(environment or {}), seed, options)
        city.kafka, city.postgres, city.island = kafka, postgres, island
        yield city


def _city(stack: ExitStack, folder: Path, environment: dict[str, str], seed: int, options: tuple[str, ...]) -> City:
    mappings = folder / "mappings"
    shutil.copytree(ROOT / "mappings", mappings)
    home = folder / "home"
    engine = EngineProcess(home, {"ENGINE_MAPPINGS": str(mappings), **environment}, options)
    stack.callback(_end, engine)
    engine.start(seconds=90)
    link = stack.enter_context(FaultProxy(engine.port, seed=seed))
    return City(engine, link, mappings, home)


def _end(engine: EngineProcess) -> None:
    with contextlib.suppress(Exception):
        engine.stop(60)
