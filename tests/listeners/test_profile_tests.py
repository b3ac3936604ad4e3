from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from engine.language.result import TestResult as Result
from engine.listeners.profile import read_profile
from engine.listeners.profile_tests import read_message, run_profile_tests
from tests.hl7.samples import message

PROFILES = sorted((Path(__file__).parents[2] / "mappings" / "profiles").glob("*.yaml"))
RESULTS = [result for path in PROFILES for result in run_profile_tests(read_profile(path))]


def run(folder: Path, test: str) -> Result:
    (folder / "a.hl7").write_bytes(message("adt_a01"))
    path = folder / "test.yaml"
    path.write_text(f"profile: test\ntests:\n  - name: one\n    {dedent(test)}\n", "utf-8")
    (result,) = run_profile_tests(read_profile(path))
    return result


@pytest.mark.parametrize("result", RESULTS, ids=lambda one: one.title)
def test_inline(result: Result) -> None:
    assert result.differences == ()


def test_a_test_passes_where_the_errors_are_the_expected_ones(tmp_path: Path) -> None:
    assert run(tmp_path, "message: a.hl7").passed
    assert run(
        tmp_path, 'message: a.hl7\n    change: { PID-3: "", PID-24: X }\n    expect: [103 PID-24, 101 PID-3]'
    ).passed


def test_a_test_fails_where_they_are_others_and_says_which(tmp_path: Path) -> None:
    result = run(tmp_path, "message: a.hl7\n    expect: [101 PID-5]")
    assert (result.title, result.mark.line) == ("test :: one", 3)
    assert result.differences == ("expected ['101 PID-5'], found []",)


def test_a_test_without_its_message_fails(tmp_path: Path) -> None:
    assert run(tmp_path, "message: none.hl7").differences == ("none.hl7: No such file or directory",)
    (tmp_path / "b.hl7").write_bytes(b"\xff")
    assert run(tmp_path, "message: b.hl7").differences == ("b.hl7: is no message in UTF-8",)
    (tmp_path / "b.hl7").write_bytes(b"PID|")
    assert run(tmp_path, "message: b.hl7").differences == ("b.hl7: is no message in UTF-8",)


def test_a_field_behind_the_last_and_one_of_msh_can_be_changed(tmp_path: Path) -> None:
    change = "change: { MSH-9: ADT^A03^ADT_A03, MSH-15: XX, DG1-19: x, ZBH-1: y }"
    result = run(tmp_path, f"message: a.hl7\n    {change}\n    expect: [102 DG1-19, 103 MSH-15]")
    assert result.differences == ()


def test_a_device_is_no_message_of_a_test(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_message(Path("/dev/zero"))
    with pytest.raises(FileNotFoundError):
        read_message(tmp_path / ("a" * 300))
