"""The whole engine over sealed topics: everything is loaded, and no topic holds a name in clear."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.rig.engine_process import EngineProcess
from tests.rig.sender import StubbornSender

CANARY = "CANARYNGUYEN"


def visit(number: int) -> tuple[str, bytes]:
    lines = (
        f"MSH|^~\\&|HIS|79014|||20260314081500||ADT^A01|S{number}|P|2.5.1",
        f"PID|1||P{number}^^^79014^MR||{CANARY}^A||19800102|M",
        f"PV1|1|I||||||||||||||||V{number}",
    )
    return f"S{number}", "".join(f"{line}\r" for line in lines).encode()


def test_sealed_topics_are_loaded_and_hold_nothing_in_clear(tmp_path: Path) -> None:
    keys = tmp_path / "seal-keys"
    keys.write_text(f"2026-01: {'5e' * 32}\n")
    engine = EngineProcess(tmp_path / "home", {"ENGINE_BUS__SEAL_KEYS": str(keys)})
    with engine:
        sender = StubbornSender(engine.port, [*map(visit, range(50))])
        sender.start()
        sender.wait(60)
        until = time.monotonic() + 60
        while (total := json.loads(engine.run("reconcile", "--json").stdout)["total"])["loaded"] < 50:
            assert time.monotonic() < until, total
            time.sleep(1)
        sql = "select count(*) as n from current where resource_type = 'Patient'"
        assert json.loads(engine.run("query", sql, "--format", "json").stdout) == [{"n": 50}]
    stored = [path for path in (engine.home / "bus").rglob("*") if path.is_file()]
    assert any(b"hl7.raw" in path.name.encode() for path in stored)
    assert [path for path in stored if CANARY.encode() in path.read_bytes()] == []
