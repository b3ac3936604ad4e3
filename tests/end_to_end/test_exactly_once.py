from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest

from engine.config.settings import ROOT
from engine.loaders.postgres_warehouse import PostgresWarehouse
from engine.loaders.query_socket import RemoteWarehouse
from engine.loaders.view_tables import load_view_tables
from engine.parts import SOCKET_FILE
from tests.contract.warehouse_view_tables import viewed
from tests.rig.engine_process import EngineProcess
from tests.rig.proof import count, report
from tests.rig.sender import StubbornSender
from tests.rig.visits import visits

MESSAGES = count(300, 10_000)
PATIENTS = MESSAGES // 3
KILLS = count(2, 5)


def query(engine: EngineProcess, sql: str) -> list[dict[str, Any]]:
    done = engine.run("query", sql, "--format", "json")
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def settle(engine: EngineProcess, seconds: float = 120) -> dict[str, Any]:
    """Wait until nothing is in flight; gives the total row of the balance."""
    deadline = time.monotonic() + seconds
    while True:
        done = engine.run("reconcile", "--json")
        total: dict[str, Any] = json.loads(done.stdout)["total"]
        if total["in_flight"] == 0:
            assert done.returncode == 0, done.stdout
            return total
        assert time.monotonic() < deadline, done.stdout
        time.sleep(1)


def assert_viewed(engine: EngineProcess) -> None:
    """Each view's table holds what the view gives of what is current, and nothing else."""
    url = engine.environment.get("ENGINE_WAREHOUSE__URL")
    reader = PostgresWarehouse(url) if url else RemoteWarehouse(engine.home / SOCKET_FILE)
    wanted = viewed(reader, load_view_tables(ROOT / "mappings" / "views"))
    assert wanted
    assert {name: digest for name, digest in reader.digest().items() if name in wanted} == wanted
    reader.close()


def kill_and_resume(engine: EngineProcess, sender: StubbornSender) -> None:
    """Kill the engine at random points of the feed, and start it again each time."""
    chance = random.Random(7)
    points = sorted(chance.sample(range(MESSAGES // 20, MESSAGES * 19 // 20), KILLS))
    for point in points:
        sender.wait_until(point, 120)
        engine.kill9()
        engine.start()


def assert_replay_changes_nothing(engine: EngineProcess) -> None:
    """A replay from the start leaves every table as it was."""
    before = engine.run("digest")
    replayed = engine.run("replay")
    assert replayed.returncode == 0, replayed.stderr
    settle(engine)
    after = engine.run("digest")
    assert before.stdout == after.stdout
    assert {"current", "patients"} <= {line.split()[0] for line in before.stdout.splitlines()}


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_each_message_has_its_effect_once_though_the_engine_is_killed_and_all_is_replayed(
    engine: EngineProcess,
) -> None:
    engine.start()
    sender = StubbornSender(engine.port, visits(MESSAGES, PATIENTS))
    sender.start()
    kill_and_resume(engine, sender)
    sender.wait(300)
    assert set(sender.answers.values()) == {"AA"}

    total = settle(engine)
    assert (total["dead"], total["missing"], total["refused"]) == (0, 0, 0)
    assert total["loaded"] == MESSAGES
    assert total["received"] == MESSAGES + total["duplicate"]
    of_visits = "select 'visits told of', count(*) from history where resource_type = 'Encounter'"
    kept = query(engine, f"select resource_type as type, count(*) as n from current group by 1 union all {of_visits}")
    expected = {"Patient": PATIENTS, "Encounter": MESSAGES, "Location": 81, "visits told of": MESSAGES}
    assert {row["type"]: row["n"] for row in kept} == expected
    assert_viewed(engine)
    assert_replay_changes_nothing(engine)
    report(
        f"killed-in-the-middle-{engine.environment.get('ENGINE_BUS__KIND', 'embedded')}",
        f"# Killed in the middle of a feed\n\n{MESSAGES} messages, {KILLS} kills (SIGKILL to every process), "
        f"{sender.sent} frames sent, {total['duplicate']} resent ones stored and told apart, "
        f"{total['loaded']} loaded, 0 lost, 0 counted twice. "
        "Every view's table held what its view gives of what is current. A replay from the start left every table as "
        "it was.\n",
    )
