"""This version goes on where an older one was killed: nothing is lost, nothing is there twice."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import psycopg
import pytest

from tests.bus.spool.logs import open_log, read_on
from tests.rig.engine_process import EngineProcess
from tests.rig.process import wait_until
from tests.rig.sender import StubbornSender
from tests.rig.visits import visits
from tests.upgrade.leaving import ALL, SPOOLED

RELEASES = sorted(Path(__file__).parent.glob("*.tar.xz"))
MORE = 5


@pytest.fixture(params=RELEASES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What a release left."""
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def goes_on(engine: EngineProcess) -> None:
    """Some messages that the release acknowledged come again, and a few are new; each must be loaded once."""
    with engine:
        sender = StubbornSender(engine.port, visits(ALL + MORE)[ALL - MORE :], 1)
        sender.start()
        sender.wait(60)
        assert set(sender.answers.values()) == {"AA"}
        wait_until(lambda: loaded(engine) == ALL + MORE, "every message, loaded", 90)
        total = json.loads(engine.run("reconcile", "--json").stdout)["total"]
        assert (total["missing"], total["dead"], total["in_flight"]) == (0, 0, 0)
        asked = engine.run("query", "--format", "json", "select count(*) as n from encounters")
        assert json.loads(asked.stdout) == [{"n": ALL + MORE}]


def loaded(engine: EngineProcess) -> int:
    total: dict[str, int] = json.loads(engine.run("reconcile", "--json").stdout)["total"]
    return total["loaded"]


@pytest.mark.timeout(240)
def test_what_was_on_its_way_is_loaded_into_duckdb(left: Path) -> None:
    goes_on(EngineProcess(left / "home"))


@pytest.mark.prove
@pytest.mark.long
@pytest.mark.timeout(240)
def test_what_was_on_its_way_is_loaded_into_postgresql(left: Path, postgres_database: str) -> None:
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute((left / "postgres.sql").read_bytes())
    environment = {"ENGINE_WAREHOUSE__KIND": "postgres", "ENGINE_WAREHOUSE__URL": postgres_database}
    goes_on(EngineProcess(left / "home-of-postgres", environment))


def test_what_the_spool_kept_is_read(left: Path) -> None:
    assert [one.record for one in read_on(open_log(left / "spool"))] == SPOOLED
