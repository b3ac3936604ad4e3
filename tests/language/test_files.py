from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.language.fault import Faults
from engine.language.files import files_below, is_file, read_content


def test_devices_pipes_folders_and_what_can_be_no_name_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").write_text("a")
    names = ("pipe", ".", "b", "x" * 300, "a\0b", "a/b", "/dev/zero")
    assert [name for name in names if is_file(tmp_path / name)] == []
    assert is_file(tmp_path / "a")


def test_no_more_of_a_file_is_read_than_tells_that_it_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    assert read_content(tmp_path / "a", 100) == b"x" * 100
    assert read_content(tmp_path / "a", 10) == b"x" * 11
    assert read_content(Path("/dev/zero"), 10) == bytes(11)


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="cannot be read"):
        read_content(tmp_path / "a", 10)


def test_files_below_a_folder_are_regular_seen_and_of_an_ending(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / ".hidden").mkdir()
    (tmp_path / "in" / "folder.csv").mkdir()
    for name in ("a.yaml", "in/b.csv", "in/deep/c.yaml", "d.txt", ".e.yaml", "in/.hidden/f.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "named.yaml").symlink_to("a.yaml")
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    (tmp_path / "round").symlink_to("in")
    found = {Path(path).relative_to(tmp_path).as_posix() for path in files_below(str(tmp_path), (".yaml", ".csv"))}
    assert found == {"a.yaml", "named.yaml", "in/b.csv", "in/deep/c.yaml"}
    assert list(files_below(str(tmp_path / "nowhere"), (".yaml",))) == []
