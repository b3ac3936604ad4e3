"""One engine with a listener of each kind: what comes by any door is in the warehouse, and the count is right."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import httpx
import pytest

from tests.rig.engine_process import EngineProcess
from tests.rig.process import free_port

MESSAGE = "MSH|^~\\&|HIS|79901|||20251001080000||ADT^A01^ADT_A01|{id}|P|2.5\rPID|1||{id}^^^79901^PI||An||1980\r"
BAD = MESSAGE.replace("|P|2.5", "|X|2.5")
EACH = 5


def payload(identifier: str) -> bytes:
    return MESSAGE.format(id=identifier).encode()


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"there is no {path}"
        time.sleep(0.05)


def send_by_mllp(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for number in range(EACH):
            connection.sendall(b"\x0b" + payload(f"M{number}") + b"\x1c\r")
            assert b"MSA|AA|" in connection.recv(65536)


def send_by_http(port: int) -> None:
    with httpx.Client(headers={"content-type": "application/hl7-v2"}, timeout=10) as client:
        url = f"http://127.0.0.1:{port}/hl7"
        for number in range(EACH):
            assert b"MSA|AA|" in client.post(url, content=payload(f"H{number}")).content
        assert b"MSA|AR|" in client.post(url, content=BAD.format(id="HX").encode()).content


def send_by_file(folder: Path) -> None:
    (folder / "good.hl7").write_bytes(b"".join(payload(f"F{number}") for number in range(EACH)))
    (folder / "bad.hl7").write_bytes(BAD.format(id="FX").encode())
    wait_for(folder / "done" / "good.hl7")
    wait_for(folder / "refused" / "bad.hl7")
    assert (folder / "good.hl7.ack").read_bytes().count(b"MSA|AA|") == EACH


@pytest.mark.timeout(240)
def test_what_comes_by_each_door_is_in_the_warehouse_once(tmp_path: Path) -> None:
    port, folder, settings = free_port(), tmp_path / "in", tmp_path / "engine.yaml"
    folder.mkdir()
    listeners = [
        {"kind": "mllp"},
        {"kind": "http", "port": port},
        {"kind": "files", "folder": str(folder), "every": "100ms", "settle": "200ms"},
    ]
    settings.write_text(json.dumps({"listeners": listeners}))
    with EngineProcess(tmp_path / "home", {"ENGINE_CONFIG": str(settings)}) as engine:
        send_by_mllp(engine.port)
        send_by_http(port)
        send_by_file(folder)
        deadline = time.monotonic() + 60
        while (total := json.loads(engine.run("reconcile", "--json").stdout)["total"])["loaded"] < 3 * EACH:
            assert time.monotonic() < deadline, total
            time.sleep(1)
    assert (total["received"], total["refused"], total["missing"], total["in_flight"]) == (3 * EACH, 2, 0, 0)
    assert not {"good", "bad"} & set(engine.log.read_text().replace(".", " ").split())
