"""Each fault of each kind of file is told with its code, line, column and a hint that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.commands.check import check_all
from engine.config import read_settings
from engine.language.fault import Fault, Faults
from tests.commands.check_faults import GOOD, WRONG, Wrong

MARKER = "»"


def lay_out(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))


def faults(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Fault, ...]:
    monkeypatch.chdir(folder)
    try:
        check_all(read_settings(Path("engine.yaml")))
    except Faults as found:
        return found.faults
    return ()


def test_good_files_have_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, GOOD)
    assert faults(tmp_path, monkeypatch) == ()


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: f"{one.code} {one.new.strip()[:40]}")
def test_fault_is_told_at_its_place(wrong: Wrong, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert GOOD[wrong.file].count(wrong.old) == 1
    text = GOOD[wrong.file].replace(wrong.old, wrong.new)
    before, marker, _ = text.partition(MARKER)
    lay_out(tmp_path, {**GOOD, wrong.file: text.replace(MARKER, "", 1)})
    (fault,) = faults(tmp_path, monkeypatch)
    assert fault.code == wrong.code
    assert wrong.told in str(fault)
    if marker:
        assert Path(fault.mark.file).name == Path(wrong.file).name
        assert fault.mark.line == before.count("\n") + 1
        assert fault.mark.column == len(before) - (before.rfind("\n") + 1) + 1


def test_there_are_more_than_sixty_kinds_of_fault_in_the_table() -> None:
    assert len(WRONG) >= 60
    assert len({wrong.code for wrong in WRONG}) >= 60
