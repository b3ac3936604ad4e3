from __future__ import annotations

from pathlib import Path

import pytest

from engine.language.fault import Faults
from engine.transforms import checked as module
from engine.transforms.checked import MOST, Checked
from engine.transforms.load import load_mappings
from tests.transforms.folders import write
from tests.transforms.test_check import GOOD

WRONG = {"standard/segments/PID.Patient.yaml": "{ segment: PID, resource: Patient, elements: { gendr: PID-8 } }"}


def hashed(number: int) -> str:
    return f"{number:064x}"


def test_a_set_that_was_found_without_fault_is_known_to_who_has_the_same_home(tmp_path: Path) -> None:
    Checked(tmp_path / "home").add(hashed(1))
    assert hashed(1) in Checked(tmp_path / "home")
    assert hashed(2) not in Checked(tmp_path / "home")
    assert hashed(1) not in Checked(tmp_path / "other")


def test_what_other_code_checked_is_checked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = Checked(tmp_path)
    checked.add(hashed(1))
    monkeypatch.setattr(module, "_code", lambda: "another version")
    assert hashed(1) not in checked


def test_a_file_that_somebody_else_wrote_says_nothing(tmp_path: Path) -> None:
    for content in (b"", b"\xff\xfe", hashed(1).encode(), b"x" * 100_000):
        (tmp_path / "checked").write_bytes(content)
        assert hashed(1) not in Checked(tmp_path)


def test_only_the_newest_sets_are_remembered(tmp_path: Path) -> None:
    checked = Checked(tmp_path)
    for number in range(MOST + 2):
        checked.add(hashed(number))
    assert [number for number in range(MOST + 2) if hashed(number) in checked] == list(range(2, MOST + 2))


def test_a_home_that_cannot_be_written_to_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Checked(tmp_path / "file").add(hashed(1))
    assert hashed(1) not in Checked(tmp_path / "file")


def test_a_set_is_checked_once_and_again_when_any_byte_of_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, checked = write(tmp_path / "mappings", GOOD), Checked(tmp_path / "home")
    first = load_mappings(folder, (), checked)
    with monkeypatch.context() as patch:
        patch.setattr("engine.transforms.load._check", lambda *_: pytest.fail("it was checked again"))
        again = load_mappings(folder, (), checked)
    assert (again.version, again.resource_types) == (first.version, first.resource_types)
    with pytest.raises(Faults, match="M301"):
        load_mappings(write(folder, WRONG), (), checked)
    with pytest.raises(Faults, match="M301"):
        load_mappings(folder, (), checked)
