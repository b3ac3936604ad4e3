from __future__ import annotations

import os
from pathlib import Path

from engine.language.quiet import Quiet


def watch(folder: Path) -> Quiet:
    (folder / "a.yaml").write_text("one")
    return Quiet(lambda: sorted(folder.glob("*.yaml")))


def test_what_does_not_change_never_settles(tmp_path: Path) -> None:
    quiet = watch(tmp_path)
    assert [quiet.settled() for _ in range(3)] == [False] * 3


def test_a_change_counts_at_the_second_look_that_sees_it_and_once(tmp_path: Path) -> None:
    quiet = watch(tmp_path)
    (tmp_path / "a.yaml").write_text("three")
    assert [quiet.settled() for _ in range(4)] == [False, True, False, False]


def test_files_that_still_change_do_not_settle(tmp_path: Path) -> None:
    quiet = watch(tmp_path)
    for number in range(5):
        (tmp_path / f"{number}.yaml").write_text("x")
        assert not quiet.settled()
    assert quiet.settled()


def test_a_change_taken_back_before_it_settled_is_none(tmp_path: Path) -> None:
    quiet = watch(tmp_path)
    new = tmp_path / "b.yaml"
    new.write_text("x")
    assert not quiet.settled()
    new.unlink()
    assert [quiet.settled() for _ in range(3)] == [False] * 3


def test_a_file_in_place_of_another_with_its_time_and_size_is_a_change(tmp_path: Path) -> None:
    quiet = watch(tmp_path)
    old, new = tmp_path / "a.yaml", tmp_path / "new"
    new.write_text("two")
    times = old.stat()
    os.utime(new, ns=(times.st_atime_ns, times.st_mtime_ns))
    new.replace(old)
    assert [quiet.settled(), quiet.settled()] == [False, True]


def test_what_changes_behind_a_look_has_moved(tmp_path: Path) -> None:
    quiet = watch(tmp_path)
    assert not quiet.moved()
    (tmp_path / "a.yaml").unlink()
    assert quiet.moved()
    quiet.settled()
    assert not quiet.moved()
