"""`engine doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from engine.bus.embedded.bus import EmbeddedBus
from engine.cli import app
from engine.commands.doctor import machine
from engine.commands.doctor.finding import State
from engine.commands.doctor.stores import look_at_stores
from engine.config import Settings
from engine.config.lake import LakeSettings
from engine.parts import open_lake
from tests.rig.certificates import Certificates
from tests.rig.engine_process import EngineProcess
from tests.rig.process import free_port


def examine(tmp_path: Path, settings: str = "") -> tuple[int, dict[str, tuple[str, str, str]]]:
    config = tmp_path / "engine.yaml"
    ports = "" if "listeners" in settings else f"listeners: [{{port: {free_port()}}}]\n"
    config.write_text(f"home: {tmp_path / 'home'}\nhttp: {{port: {free_port()}}}\n{ports}{settings}")
    done = CliRunner().invoke(app, ["doctor", "--config", str(config), "--json"])
    found = {one["what"]: (one["state"], one["says"], one["remedy"]) for one in orjson.loads(done.stdout)}
    return done.exit_code, found


def test_a_new_machine_is_well_and_nothing_is_made_on_it(tmp_path: Path) -> None:
    code, found = examine(tmp_path)
    assert code == 0
    assert [what for what, (state, _, _) in found.items() if state == State.ILL] == []
    assert {"settings", "registry", "mappings", "routes", "http", "listener mllp", "bus", "warehouse"} <= set(found)
    assert not (tmp_path / "home").exists()


def test_a_port_that_another_has_is_ill(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, found = examine(tmp_path, f"listeners: [{{port: {taken.getsockname()[1]}}}]\n")
    state, says, remedy = found["listener mllp"]
    assert (code, state) == (1, "ill")
    assert "cannot be had" in says
    assert "another port" in remedy


def test_a_folder_that_is_not_there_is_ill(tmp_path: Path) -> None:
    settings = f"listeners: [{{kind: files, folder: {tmp_path / 'in'}}}]\n"
    code, found = examine(tmp_path, settings)
    state, says, remedy = found["listener files"]
    assert (code, state) == (1, "ill")
    assert "there is no folder" in says
    assert remedy.startswith("make it")
    (tmp_path / "in").mkdir()
    assert examine(tmp_path, settings)[1]["listener files"][0] == "well"
    assert not list((tmp_path / "in").iterdir())


def test_a_registry_with_a_fault_is_ill_and_names_it(tmp_path: Path) -> None:
    registry = tmp_path / "registry.yaml"
    registry.write_text("facilities:\n  - code: x\n")
    code, found = examine(tmp_path, f"registry: {registry}\n")
    assert code == 1
    assert "facilities.0.name" in found["registry"][1]


def test_a_bus_of_this_home_is_looked_into(tmp_path: Path) -> None:
    EmbeddedBus(tmp_path / "home" / "bus")
    assert examine(tmp_path)[1]["bus"][0] == "well"


def test_a_home_that_cannot_be_made_is_ill(tmp_path: Path) -> None:
    blocked = tmp_path / "home"
    blocked.write_text("a file")
    code, found = examine(tmp_path)
    assert code == 1
    assert found["bus"][0] == "ill"


def test_kafka_that_does_not_answer_is_ill(tmp_path: Path) -> None:
    code, found = examine(tmp_path, f"bus: {{kind: kafka, bootstrap: '127.0.0.1:{free_port()}'}}\n")
    assert code == 1
    assert found["bus"][0] == "ill"


def test_kafka_with_one_replica_is_a_warning(tmp_path: Path, kafka_bootstrap: str) -> None:
    code, found = examine(tmp_path, f"bus: {{kind: kafka, bootstrap: '{kafka_bootstrap}'}}\n")
    assert code == 0
    assert found["bus"][0] == "warning"
    assert "replication: 3" in found["bus"][2]


def test_a_warehouse_that_does_not_answer_is_ill_and_its_password_is_not_told(tmp_path: Path) -> None:
    url = f"postgresql://engine:hunter2@127.0.0.1:{free_port()}/city"
    code, found = examine(tmp_path, f"warehouse: {{kind: postgres, url: '{url}'}}\n")
    assert (code, found["warehouse"][0]) == (1, "ill")
    assert "hunter2" not in str(found)


def test_a_warehouse_that_answers_is_well(tmp_path: Path, postgres_database: str) -> None:
    _, found = examine(tmp_path, f"warehouse: {{kind: postgres, url: '{postgres_database}'}}\n")
    assert found["warehouse"][0] == "well"


def of_lake(home: Path, **lake: str) -> tuple[str, str]:
    (found,) = (one for one in look_at_stores(Settings(home=home, lake=LakeSettings(**lake))) if one.what == "lake")
    return found.state, f"{found.says} {found.remedy}"


def test_a_lake_is_asked_for_only_where_there_is_to_be_one(tmp_path: Path) -> None:
    assert [one.what for one in look_at_stores(Settings(home=tmp_path / "home"))] == ["bus", "warehouse"]
    assert of_lake(tmp_path / "home") == ("well", "made at the first start ")
    assert not (tmp_path / "home").exists()
    open_lake(Settings(home=tmp_path / "home", lake=LakeSettings()))
    assert of_lake(tmp_path / "home") == ("well", "Iceberg answers, 0 partitions were loaded from ")


def test_a_lake_that_was_never_made_is_ill_and_is_not_made_by_asking(tmp_path: Path) -> None:
    for _ in range(2):
        state, told = of_lake(tmp_path / "home", catalog=f"sqlite:///{tmp_path}/hunter2.db")
        assert state == "ill"
        assert "hunter2" not in told


def test_beside_a_running_engine_all_is_well(tmp_path: Path) -> None:
    with EngineProcess(tmp_path / "home") as engine:
        config = tmp_path / "engine.yaml"
        config.write_text(f"http: {{port: {engine.metrics_port}}}\nlisteners: [{{port: {engine.port}}}]\n")
        done = engine.run("doctor", "--home", str(engine.home), "--config", str(config), "--json")
    states = {one["what"]: one["state"] for one in orjson.loads(done.stdout)}
    assert done.returncode == 0, done.stdout
    assert [states[what] for what in ("http", "listener mllp", "bus", "warehouse")] == ["well"] * 4


def test_a_key_that_others_may_read_is_a_warning(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("00" * 32)
    key.chmod(0o644)
    assert examine(tmp_path, f"key_file: {key}\n")[1]["key"][0] == "warning"


@pytest.mark.parametrize(
    ("now", "state", "expected"),
    [(0, 0, State.ILL), (2e9, 5, State.WARNING), (2e9, 0, State.WELL)],
)
def test_a_clock_is_set_and_synchronised(now: float, state: int, expected: State) -> None:
    assert machine._look_at_clock(now, state).state is expected


def test_for_people_each_finding_is_a_line_with_its_remedy_below(tmp_path: Path) -> None:
    registry = tmp_path / "registry.yaml"
    registry.write_text("facilities: 7\n")
    config = tmp_path / "engine.yaml"
    config.write_text(f"home: {tmp_path / 'home'}\nregistry: {registry}\n")
    shown = CliRunner().invoke(app, ["doctor", "--config", str(config)]).stdout
    assert "✗ registry" in shown
    assert "→ see them all: engine check" in shown


def test_certificates_are_whole_and_last(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "tls")
    certificates.renew(expires=datetime.now(UTC) + timedelta(days=400))
    (tmp_path / "tls" / "key.pem").chmod(0o600)
    files = "certificate: {0}/certificate.pem, key: {0}/key.pem, client_ca: {0}/clients.pem".format(tmp_path / "tls")
    settings = f"listeners: [{{port: {free_port()}, tls: {{{files}}}}}]\n"

    def look() -> tuple[str, str, str]:
        return examine(tmp_path, settings)[1]["TLS of mllp"]

    assert look()[0] == "well"
    (tmp_path / "tls" / "key.pem").chmod(0o644)
    assert look()[0] == "warning"
    certificates.renew(expires=datetime.now(UTC) + timedelta(days=10))
    assert look()[0] == "warning"
    (tmp_path / "tls" / "key.pem").write_text("none")
    assert look()[0] == "ill"
