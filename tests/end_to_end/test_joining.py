"""Transformers and loaders that join, leave and die under load on Kafka: every message has its effect, once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.bus.kafka.bus import KafkaBus
from engine.canonical import raw
from engine.canonical.key import message_key, subject
from engine.canonical.raw import Raw
from tests.commands.check_faults import GOOD
from tests.commands.test_check_faults import lay_out
from tests.rig.engine_process import EngineProcess
from tests.rig.kafka import Kafka
from tests.rig.proof import count, report
from tests.rig.visits import PATIENTS, visits

A_SECOND = count(40, 300)
REST = count(1, 15)
"""Messages a second, and seconds of them between two changes."""
BATCH = 20
WAYS = ("classic", "classic, named", "consumer")
"""Who divides the partitions; and members that have names which stay."""
MOST = count(12_000, 100_000)


class Feed:
    """Publishes raw messages until it is told to stop."""

    def __init__(self, bootstrap: str) -> None:
        self.published = 0
        self._bus = KafkaBus(bootstrap)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @contextmanager
    def running(self) -> Iterator[Feed]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join()

    def _run(self) -> None:
        messages = [_raw(number, *visit) for number, visit in enumerate(visits(MOST))]
        with closing(self._bus.producer()) as producer:
            while not self._stop.wait(BATCH / A_SECOND) and self.published < MOST:
                some = messages[self.published : self.published + BATCH]
                producer.publish([raw.encode(one) for one in some], lambda _error: None)
                producer.flush(60)
                self.published += BATCH


def _raw(number: int, control: str, payload: bytes) -> Raw:
    key = subject(bytes(32), "79901", b"%d" % (number % PATIENTS))
    digest = message_key("79901", b"HIS", b"79901", control.encode(), payload)
    return Raw(control, payload, "79901", key, digest, "ADT^A01", 1_790_000_000_000_000 + number, "mllp")


class Crowd:
    """Processes of one role each, by name."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self.members: dict[str, EngineProcess] = {}
        self.changes: list[str] = []

    def join(self, name: str) -> None:
        """Start a process, or start it again; a role and a number name it."""
        named = self._environment | {"ENGINE_BUS__INSTANCE": name if self._environment.get("NAMED") else ""}
        role = ("--role", name.rstrip("0123456789"))
        self.members.setdefault(name, EngineProcess(self._folder / name, named, role)).start(90)
        self._rest(f"{name} joined")

    def leave(self, name: str) -> None:
        assert self.members[name].stop() == 0
        self._rest(f"{name} left")

    def die(self, name: str) -> None:
        self.members[name].kill9()
        self._rest(f"{name} was killed")

    def end(self) -> None:
        for member in self.members.values():
            member.stop()

    def _rest(self, change: str) -> None:
        self.changes.append(change)
        time.sleep(REST)


@pytest.fixture(params=WAYS[: count(1, 3)])
def crowd(
    request: pytest.FixtureRequest, tmp_path: Path, kafka_single: Kafka, postgres_database: str
) -> Iterator[Crowd]:
    lay_out(tmp_path, {name: text for name, text in GOOD.items() if name.startswith("mappings/")})
    key = tmp_path / "engine_key"
    key.write_text("5a" * 32, "ascii")
    environment = {
        "ENGINE_KEY_FILE": str(key),
        "ENGINE_MAPPINGS": str(tmp_path / "mappings"),
        "ENGINE_BUS__KIND": "kafka",
        "ENGINE_BUS__BOOTSTRAP": kafka_single.bootstrap,
        "ENGINE_BUS__GROUP_PROTOCOL": request.param.partition(",")[0],
        "ENGINE_BUS__LEASE": "6s",
        "ENGINE_WAREHOUSE__KIND": "postgres",
        "ENGINE_WAREHOUSE__URL": postgres_database,
        **({"NAMED": "yes"} if "named" in request.param else {}),
    }
    crowd = Crowd(tmp_path, environment)
    yield crowd
    crowd.end()


def settle(member: EngineProcess, published: int, seconds: float = 180) -> dict[str, Any]:
    """Wait until nothing is in flight; gives the total row of the balance."""
    deadline = time.monotonic() + seconds
    while True:
        done = member.run("reconcile", "--json")
        total: dict[str, Any] = json.loads(done.stdout)["total"]
        if total["in_flight"] == 0 and total["received"] == published:
            return total
        assert time.monotonic() < deadline, done.stdout
        time.sleep(0.5)


@pytest.mark.prove
@pytest.mark.long
@pytest.mark.timeout(900)
def test_counts_are_exact_though_transformers_and_loaders_join_leave_and_die(
    crowd: Crowd, kafka_single: Kafka, request: pytest.FixtureRequest
) -> None:
    crowd.join("transform1")
    crowd.join("load1")
    with Feed(kafka_single.bootstrap).running() as feed:
        crowd.join("load2")
        crowd.join("transform2")
        crowd.join("transform3")
        crowd.die("transform1")
        crowd.leave("load1")
        crowd.leave("transform2")
        crowd.join("transform1")
        crowd.join("load1")
        crowd.die("load2")
        crowd.join("transform2")
        crowd.join("load2")
    total = settle(crowd.members["load1"], feed.published)
    assert (total["loaded"], total["dead"], total["duplicate"], total["missing"]) == (feed.published, 0, 0, 0)
    asked = "select resource_type as type, count(*) as n from {} group by 1"
    tables = {table: crowd.members["load1"].run("query", asked.format(table), "--format", "json") for table in TABLES}
    found = {table: {row["type"]: row["n"] for row in json.loads(done.stdout)} for table, done in tables.items()}
    effects = {"Patient": feed.published, "Encounter": feed.published}
    assert found == {"history": effects, "current": {**effects, "Patient": min(PATIENTS, feed.published)}}
    way = request.node.callspec.params["crowd"]
    report(
        f"joining-and-leaving-{way.replace(', ', '-')}",
        f"# Joining, leaving and dying under load: {way}\n\n{feed.published} messages at about {A_SECOND} a second; "
        f"{', '.join(crowd.changes)}.\n{total['loaded']} loaded, 0 missing, 0 counted twice.\n",
    )


TABLES = ("history", "current")
