from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.rig.engine_process import EngineProcess

GOOD = "MSH|^~\\&|HIS|79901|||20251001080000||ADT^A01^ADT_A01|{id}|P|2.5\rPID|1||BN1^^^79901^PI||An||{born}\r"
PAYLOADS = {
    "no HL7 at all": b"GET / HTTP/1.1\r\n",
    "no control id": GOOD.format(id="", born="1980").encode(),
    "unknown type": GOOD.format(id="C3", born="1980").replace("ADT^A01^ADT_A01", "ZZZ^Z99").encode(),
    "broken date": GOOD.format(id="C4", born="19801345").encode(),
    "wrong charset": GOOD.format(id="C5", born="1980").encode() + b"ZXX|Nguy\xd4n Th\xde B\xd7nh \xad\xad\r",
    "good": GOOD.format(id="C6", born="1980").encode(),
}


def exchange(port: int, payload: bytes) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"\x0b" + payload + b"\x1c\r")
        answer = connection.recv(65536).decode()
    return next(line for line in answer.split("\r") if line.startswith("MSA")).split("|")[1]


def settled(engine: EngineProcess) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        total: dict[str, Any] = json.loads(engine.run("reconcile", "--json").stdout)["total"]
        if total["in_flight"] == 0 and total["received"] == 4:
            return total
        assert time.monotonic() < deadline, total
        time.sleep(1)


@pytest.mark.timeout(240)
def test_each_kind_of_bad_input_gets_its_answer_and_its_dead_letter_and_the_good_goes_on(
    engine: EngineProcess,
) -> None:
    engine.start()
    answers = {name: exchange(engine.port, payload) for name, payload in PAYLOADS.items()}
    assert answers == {
        "no HL7 at all": "AR",
        "no control id": "AR",
        "unknown type": "AA",
        "broken date": "AA",
        "wrong charset": "AA",
        "good": "AA",
    }
    total = settled(engine)
    assert (total["loaded"], total["dead"], total["refused"], total["missing"]) == (1, 3, 2, 0)
    letters = json.loads(engine.run("dead", "list", "--json").stdout)
    reasons = {letter["reason"]: letter for letter in letters}
    assert set(reasons) == {"NOT_HL7", "CONTROL_ID_MISSING", "UNMATCHED", "VALUE", "CHARSET"}
    assert reasons["VALUE"]["where"] == "PID-7"
    assert reasons["VALUE"]["bytes"] == len(PAYLOADS["broken date"])
    assert not [path for path in engine.home.rglob("*") if path.stat().st_mode & 0o077]
    assert all(role["ready"] and not role["restarts"] for role in engine.state()["roles"])


def test_a_wrong_configuration_ends_with_every_fault_and_exit_code_2(tmp_path: Path) -> None:
    engine = EngineProcess(tmp_path / "home")
    config = tmp_path / "engine.yaml"
    config.write_text("bus:\n  kind: rabbit\nhtp: {}\n", "utf-8")
    done = engine.run("run", "--config", str(config))
    assert done.returncode == 2
    assert f"{config}:2:3" in done.stderr
    assert f"{config}:3:1" in done.stderr
    assert "did you mean 'http'?" in done.stderr


def test_a_port_that_is_taken_ends_the_engine_with_exit_code_2_and_says_what_to_do(tmp_path: Path) -> None:
    engine = EngineProcess(tmp_path / "home")
    with socket.create_server(("127.0.0.1", engine.port)):
        ports = ("--port", str(engine.port), "--metrics-port", str(engine.metrics_port))
        done = engine.run("run", "--home", str(engine.home), *ports)
    assert done.returncode == 2
    assert "--port" in done.stderr


def test_commands_on_a_home_where_no_engine_ran_say_so(tmp_path: Path) -> None:
    engine = EngineProcess(tmp_path / "nowhere")
    for command in (("reconcile",), ("query", "select 1"), ("dead", "list"), ("replay",)):
        done = engine.run(*command)
        assert done.returncode == 2, command
        assert "--home" in done.stderr
