from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli import app
from engine.commands.send import send_paths
from engine.facilities.facility import Facility, Registry
from engine.listeners.sending import Line
from tests.listeners.running import Running, listening, message
from tests.rig.certificates import Certificates
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


def test_messages_go_over_tls_with_a_certificate(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "tls")
    certificates.write_sender(certificates.sender())
    registry = Registry([Facility("79014", "A", certificates=("his.example",))])
    (tmp_path / "a.hl7").write_bytes(message("1"))
    folder = certificates.folder
    shown = [f"--{name}={folder / file}" for name, file in (("certificate", "sender.pem"), ("key", "sender.key"))]
    with Running(tmp_path / "bus", lambda own: own, registry=registry, tls=certificates.settings()) as running:
        sent = ["send", str(tmp_path / "a.hl7"), "--port", str(running.port), f"--ca={folder / 'authority.pem'}"]
        done = CliRunner().invoke(app, [*sent, *shown])
        assert done.exit_code == 0, done.output
        assert "AA" in done.output
        assert CliRunner().invoke(app, sent).exit_code != 0


def test_a_file_that_is_no_certificate_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.hl7").write_bytes(message("1"))
    done = CliRunner().invoke(app, ["send", str(tmp_path / "a.hl7"), f"--ca={tmp_path / 'a.hl7'}"])
    assert "C024" in str(done.exception)
