"""The load role keeps the tables of views: it adds what is new by itself, and asks a person before it changes rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from tests.canonical.events import event
from tests.contract.warehouse_feed import receipt
from tests.loaders.stage import publish, records_of
from tests.rig.engine_process import EngineProcess
from tests.rig.process import wait_until
from tests.transforms.folders import SHIPPED

GENDER = "{ name: gender, path: gender, type: code }"
BORN = "{ name: born, path: birthDate, type: date }"


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    """The shipped mappings, with no views."""
    folder = tmp_path / "mappings"
    folder.mkdir()
    for name in ("standard", "facilities", "routes", "profiles", "topics.yaml"):
        (folder / name).symlink_to(SHIPPED / name)
    (folder / "views").mkdir()
    return folder


@pytest.fixture
def engine(tmp_path: Path, mappings: Path) -> Iterator[EngineProcess]:
    options = ("--role", "load")
    process = EngineProcess(tmp_path / "home", {"ENGINE_MAPPINGS": str(mappings)}, options)
    with EmbeddedBus(process.home / "bus") as bus:
        bus.ensure([Topic("fhir.patient", 1), Topic("receipts", 1)])
        body = {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1980"}
        publish(bus, records_of([event(1, body), receipt(1)]))
    yield process
    process.stop()


def write(mappings: Path, *columns: str) -> None:
    """One view, with these columns."""
    listed = "".join(f"      - {column}\n" for column in columns)
    text = f"name: people\nresource: Patient\nselect:\n  - column:\n{listed}"
    (mappings / "views" / "people.yaml").write_text(text, "utf-8")


def loaded(engine: EngineProcess, *expected: dict[str, Any]) -> None:
    """Run it until the table holds these rows."""
    columns = ", ".join(expected[0])

    def holds() -> bool:
        done = engine.run("query", f"select {columns} from people", "--format", "json")
        return done.returncode == 0 and json.loads(done.stdout) == list(expected)

    engine.start()
    wait_until(holds, "the rows of the view")
    engine.stop()


@pytest.mark.timeout(240)
def test_tables_follow_their_views_by_themselves_or_by_a_person(engine: EngineProcess, mappings: Path) -> None:
    write(mappings, GENDER)
    loaded(engine, {"gender": "male"})
    write(mappings, GENDER, BORN)
    loaded(engine, {"gender": "male", "born": "1980"})

    write(mappings, GENDER, BORN.replace("birthDate", "birthDate.first()"))
    home = ("--home", str(engine.home))
    planned = engine.run("warehouse", "plan", *home)
    assert planned.returncode == 1
    assert planned.stdout.splitlines()[1].split()[:2] == ["people", "changed"]
    refused = engine.run("run", "--role", "load", *home, "--metrics-port", str(engine.metrics_port))
    assert refused.returncode == 2
    assert "people.yaml:1:1: people: the view gives other rows; see `engine warehouse plan`" in refused.stderr
    applied = engine.run("warehouse", "apply", *home)
    assert (applied.returncode, applied.stdout.splitlines()[-1]) == (0, "people: 1 resources, whole")
    loaded(engine, {"gender": "male", "born": "1980"})

    (mappings / "views" / "people.yaml").unlink()
    gone = engine.run("warehouse", "apply", *home)
    assert gone.stderr.endswith("without a view, and kept as they are: people\n")
    assert engine.run("warehouse", "plan", "--json", *home).returncode == 0
