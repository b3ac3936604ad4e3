"""`engine test`: the tests beside mappings, for people and as JUnit XML."""

from __future__ import annotations

import shutil
from pathlib import Path

from junitparser import JUnitXml
from typer.testing import CliRunner

from engine.cli import app
from engine.config.settings import ROOT

SMALL = ROOT / "benchmarks/small"
"""Mappings of an admission that are quickly read."""
TESTS = """
sample: PID|1||BN1^^^79901^PI||An^Binh||19800102|M
tests:
  - name: sex is told
    expect: { gender: male, birthDate: "1980-01-02" }
  - name: a sex that is not told is unknown
    change: { PID-8: "" }
    expect: { gender: unknown }
"""


def settings(tmp_path: Path, broken: bool = False) -> Path:
    """The settings of an engine whose mappings have two tests."""
    mappings = tmp_path / "mappings"
    shutil.copytree(SMALL, mappings)
    file = mappings / "standard" / "segments" / "PID.Patient.yaml"
    file.write_text(f"{file.read_text('utf-8')}{TESTS}", "utf-8")
    if broken:
        file.write_text(file.read_text("utf-8").replace("PID-8 via", "PID-9 via"), "utf-8")
    config = tmp_path / "engine.yaml"
    config.write_text(f"mappings: {mappings}\n")
    return config


def run(tmp_path: Path, broken: bool) -> tuple[int, str, JUnitXml]:
    config, report = settings(tmp_path, broken), tmp_path / "report.xml"
    done = CliRunner().invoke(app, ["test", "--config", str(config), "--junit", str(report)])
    return done.exit_code, done.output, JUnitXml.fromfile(str(report))


def test_all_pass_and_the_report_says_so(tmp_path: Path) -> None:
    code, output, report = run(tmp_path, broken=False)
    assert code == 0
    assert "0 failed" in output
    assert (report.failures, report.tests) == (0, 2)


def test_a_test_that_fails_is_named_with_what_was_expected_and_what_came(tmp_path: Path) -> None:
    code, output, report = run(tmp_path, broken=True)
    assert code == 1
    assert "FAILED" in output
    assert "PID.Patient.yaml:" in output
    failed = [case for suite in report for case in suite if case.result]
    assert len(failed) == report.failures > 0
    assert "gender" in failed[0].result[0].text


def test_a_report_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    junit = str(tmp_path / "none" / "report.xml")
    done = CliRunner().invoke(app, ["test", "--config", str(settings(tmp_path)), "--junit", junit])
    assert "C022" in str(done.exception)


def test_the_tests_of_a_listeners_profile_are_run(tmp_path: Path) -> None:
    profile, config = tmp_path / "own.yaml", settings(tmp_path)
    profile.write_text("profile: own\ntests:\n  - { name: one, message: none.hl7 }\n")
    with config.open("a") as file:
        file.write(f"listeners:\n  - {{ ack: validated, profile: {profile} }}\n")
    done = CliRunner().invoke(app, ["test", "--config", str(config)])
    shown = " ".join(done.output.split())
    assert (done.exit_code, "own :: one none.hl7: No such file or directory" in shown) == (1, True)
