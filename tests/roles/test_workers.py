"""A listener with several processes: one port, one restarted alone, all drained at the end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from engine.config import FilesSettings, MllpSettings, Settings
from engine.roles.names import RoleName
from engine.roles.run import processes_of
from tests.rig.engine_process import EngineProcess
from tests.rig.process import free_port, wait_until
from tests.rig.sender import StubbornSender

WORKERS = 2


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    config = tmp_path / "engine.yaml"
    config.write_text(f"listeners: [{{port: {free_port()}, workers: {WORKERS}, sequence_numbers: ignore}}]\n")
    with EngineProcess(tmp_path / "home", options=("--config", str(config))) as running:
        yield running


def roles(engine: EngineProcess) -> dict[str, bool]:
    return {role["name"]: role["ready"] for role in engine.state()["roles"]}


def pids(worker: int) -> list[int]:
    """The processes of that worker."""
    asked = (b"\0role\0listen\0", f"\0--worker\0{worker}\0".encode())
    return [pid for pid, line in command_lines() if all(part in line for part in asked)]


def command_lines() -> Iterator[tuple[int, bytes]]:
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone since it was listed
            yield int(entry.name), (entry / "cmdline").read_bytes()


def messages(first: int, count: int) -> list[tuple[str, bytes]]:
    return [
        (str(number), f"MSH|^~\\&|HIS|79901|||20260101||ADT^A04|{number}|P|2.5\rPID|1||{number}\r".encode())
        for number in range(first, first + count)
    ]


def test_each_listener_says_in_how_many_processes_it_runs() -> None:
    listeners = (MllpSettings(workers=3, sequence_numbers="ignore"), FilesSettings(folder=Path("in")))
    found = processes_of(Settings(listeners=listeners), [RoleName.LISTEN, RoleName.LOAD])
    assert found == ["listen", "listen-1", "listen-2", "load"]


def test_workers_share_a_port_and_one_that_dies_comes_back_while_the_other_serves(engine: EngineProcess) -> None:
    assert roles(engine)["listen-1"]
    sender = StubbornSender(engine.port, messages(0, 400), connections=16)
    sender.start()
    sender.wait_until(50, 60)
    (killed,) = pids(1)
    os.kill(killed, signal.SIGKILL)
    sender.wait(60)
    assert set(sender.answers.values()) == {"AA"}
    wait_until(lambda: roles(engine).get("listen-1", False) and pids(1) not in ([], [killed]), "the worker is back")
    assert engine.get("/metrics").text.count('engine_role_restarts_total{role="listen-1"} 1.0') == 1


def test_a_stop_under_load_leaves_nothing_accepted_unanswered(engine: EngineProcess) -> None:
    sender = StubbornSender(engine.port, messages(1000, 5000), connections=16)
    sender.start()
    sender.wait_until(200, 60)
    assert engine.stop() == 0
    engine.start()
    sender.wait(90)
    assert set(sender.answers.values()) == {"AA"}
    assert len(sender.answers) == 5000
    assert sender.sent - 5000 <= 16, "only what was on its way may have to be sent again"
