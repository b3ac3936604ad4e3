"""The demo as a user runs it: it ends well, tells when something is not as it must be, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def demo(home: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "demo.run", "--home", str(home), *options]
    environment = {**os.environ, "COLUMNS": "100", "ENGINE_BUS__KIND": "kafka"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def engines(home: Path) -> list[str]:
    """Command lines of engines that run over that home."""
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    return [line.decode() for line in lines if str(home).encode() in line and b"engine" in line]


def test_every_message_becomes_what_it_must_and_the_demo_says_so(tmp_path: Path) -> None:
    process = demo(tmp_path / "home", "--count", "80")
    shown, _ = process.communicate(timeout=90)
    assert process.returncode == 0, shown
    assert "80 messages" in shown
    assert "2823-3" in shown
    assert "critical-results" in shown
    assert "✗" not in shown
    assert engines(tmp_path / "home") == []


def test_ctrl_c_stops_the_engine_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = demo(home, "--count", "2000")
    deadline = time.monotonic() + 60
    while not engines(home) or not (home / "engine.log").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped" in shown
    assert engines(home) == []


def test_a_folder_that_is_not_the_demos_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("keep")
    process = demo(mine, "--count", "1")
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "not made by the demo" in " ".join(shown.split())
    assert (mine / "letter.txt").read_text() == "keep"
