from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.commands.transform import transform_paths
from engine.config import Settings
from engine.language.fault import Faults

GOOD = "MSH|^~\\&|HIS|79901|||20251001080000||ADT^A01^ADT_A01|C1|P|2.5\rPID|1||BN1^^^79901^PI||Nguyễn^An||1980|M\r"


def test_each_message_is_a_bundle_on_a_line_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.hl7").write_text(GOOD + GOOD.replace("|C1|", "|C2|"), "utf-8")
    assert transform_paths(Settings(), [tmp_path], None, "bundle") == 0
    bundles = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [bundle["resourceType"] for bundle in bundles] == ["Bundle", "Bundle"]
    assert bundles[0]["entry"][0]["resource"]["birthDate"] == "1980"


def test_ndjson_is_a_resource_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.hl7").write_text(GOOD, "utf-8")
    assert transform_paths(Settings(), [tmp_path], "79902", "ndjson") == 0
    assert [json.loads(line)["resourceType"] for line in capsys.readouterr().out.splitlines()] == ["Patient"]


def test_a_dead_letter_is_named_with_its_place_and_no_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.hl7").write_text(GOOD.replace("|1980|", "|19801345|"), "utf-8")
    assert transform_paths(Settings(), [tmp_path], None, "bundle") == 1
    told = capsys.readouterr()
    assert "VALUE PID-7" in told.err
    assert "19801345" not in told.err
    assert told.out == ""


def test_a_path_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="check the path"):
        transform_paths(Settings(), [tmp_path / "none"], None, "bundle")
