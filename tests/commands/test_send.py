from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.commands.send import send_paths
from engine.listeners.sending import Line
from tests.listeners.running import listening, message
from tests.rig.process import free_port


def test_the_answers_are_counted_and_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.hl7").write_bytes(message("1"))
    (tmp_path / "b.hl7").write_bytes(message("2"))
    with listening(tmp_path / "home") as running:
        assert send_paths([tmp_path / "a.hl7", tmp_path / "b.hl7"], Line(port=running.port), as_json=True) == 0
        summary = json.loads(capsys.readouterr().out.splitlines()[-1])  # the listener of this process logs before it
    assert summary["codes"] == {"AA": 2}
    assert [delivery["result"] for delivery in summary["deliveries"]] == ["answered", "answered"]


def test_without_a_listener_the_command_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.hl7").write_bytes(message("1"))
    assert send_paths([tmp_path], Line(port=free_port()), as_json=False) == 2
    assert "start the engine" in capsys.readouterr().err


def test_a_path_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert send_paths([tmp_path / "none"], Line(), as_json=False) == 2
    assert f"({tmp_path / 'none'}) - check the path" in capsys.readouterr().err
