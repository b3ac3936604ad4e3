"""A simulated city, sent over MLLP into a whole engine: what the engine counts and holds is what the truth says."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from engine.config import Settings
from engine.loaders.lake import loader as lake_loader
from engine.parts import open_lake
from tests.loaders.lake.keeping import query
from tests.rig.engine_process import EngineProcess
from tests.transforms.folders import SHIPPED

MESSAGES = 240
SHAPE = ("--messages", str(MESSAGES), "--days", "2", "--facilities", "30", "--faults", "0.3", "--seed", "7")
ROWS = "select resource_type, count(*) from current group by 1"
PERSONS = "select patient from persons order by patient limit 2"


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "truth" / f"{name}.jsonl").read_text("utf-8").splitlines()]


def settled(engine: EngineProcess, stored: int) -> dict[str, Any]:
    deadline = time.monotonic() + 90
    while True:
        total: dict[str, Any] = json.loads(engine.run("reconcile", "--json").stdout)["total"]
        if total["in_flight"] == 0 and total["received"] >= stored:
            return total
        assert time.monotonic() < deadline, total
        time.sleep(1)


@pytest.mark.prove
@pytest.mark.long
@pytest.mark.timeout(360)
def test_engine_accounts_for_a_city_as_its_truth_does(tmp_path: Path) -> None:
    made, sent = tmp_path / "made", tmp_path / "sent"
    mappings = copytree(SHIPPED, tmp_path / "mappings")
    engine = EngineProcess(tmp_path / "home", {"ENGINE_MAPPINGS": str(mappings), "ENGINE_LAKE__EVERY": "1s"})
    assert engine.run("simulate", "--out", str(made), *SHAPE).returncode == 0
    copytree(made / "facilities", mappings / "facilities", dirs_exist_ok=True)
    engine.start(seconds=120)
    try:
        to = ("--to", f"127.0.0.1:{engine.port}", "--connections", "4")
        done = engine.run("simulate", "--out", str(sent), *to, *SHAPE, "--json")
        assert done.returncode == 0, done.stderr
        outcome = json.loads(done.stdout)
        fates = Counter(one["fate"] for one in lines(sent, "messages"))
        total = settled(engine, fates["loaded"] + fates["dead"])
        letters = json.loads(engine.run("dead", "list", "--json").stdout)
        rows = json.loads(engine.run("query", "--format", "json", ROWS).stdout)
        history = json.loads(engine.run("query", "--format", "json", "select count(*) as rows from history").stdout)
        together = [decided(engine, verb) for verb in ("link", "unlink")]
    finally:
        engine.stop()
    assert lines(made, "messages") == lines(sent, "messages")
    assert outcome["codes"] == {"AA": MESSAGES - fates["refused"] - accepted(sent), "AR": fates["refused"]} | (
        {"CA": accepted(sent)} if accepted(sent) else {}
    )
    assert {name: total[name] for name in ("loaded", "dead", "refused", "missing")} == {
        "loaded": fates["loaded"],
        "dead": fates["dead"],
        "refused": fates["refused"],
        "missing": 0,
    }
    reasons = Counter(one["reason"] for one in lines(sent, "messages") if one["reason"])
    assert Counter(letter["reason"] for letter in letters) == reasons
    held = dict(rows if isinstance(rows[0], list) else (tuple(row.values()) for row in rows))
    assert held["Encounter"] == len(lines(sent, "visits"))
    assert held["Patient"] == len(lines(sent, "patients"))
    assert together == [True, False]
    assert kept(engine) == (history[0]["rows"], total["received"])
    assert held["DiagnosticReport"] == sum("report" in one for one in lines(sent, "orders"))


def kept(engine: EngineProcess) -> tuple[int, int]:
    """What the lake holds of the warehouse's history, and how many raw messages it has receipts of."""
    lake = open_lake(Settings(home=engine.home))
    sql = (Path(lake_loader.__file__).parents[1] / "sql" / "lake.sql").read_text("utf-8")
    ((rows,),) = query(lake, f"select count(*) from ({sql})")
    ((raws,),) = query(lake, "select count(*) from (select distinct raw_topic, raw_part, raw_offset from receipts)")
    return rows, raws


def decided(engine: EngineProcess, verb: str) -> bool:
    """Whether two patients are one person, after a decision about them."""
    one, other = (row["patient"] for row in json.loads(engine.run("query", "--format", "json", PERSONS).stdout))
    assert engine.run("persons", verb, one, other, "--reason", "test").returncode == 0
    deadline, wanted = time.monotonic() + 60, verb == "link"
    while True:
        shown = json.loads(engine.run("persons", "show", one, "--json").stdout)
        together = other in [patient["patient"] for patient in shown["patients"]]
        if together == wanted or time.monotonic() > deadline:
            return together
        time.sleep(1)


def accepted(folder: Path) -> int:
    """Messages of senders that ask for an accept acknowledgment, and get CA."""
    plan = json.loads((folder / "truth" / "plan.json").read_text("utf-8"))
    asking = {one["code"] for one in plan["facilities"] if one["system"] == "tram-y-te"}
    return sum(one["facility"] in asking and one["fate"] != "refused" for one in lines(folder, "messages"))
