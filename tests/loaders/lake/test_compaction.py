"""Files become few and old ones go, while rows and offsets stay what they are."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.loaders.lake import compaction
from engine.loaders.lake.compaction import compact
from engine.loaders.lake.expiry import expire
from engine.loaders.lake.files import write_tables
from engine.loaders.lake.lake import Lake
from engine.loaders.tables import HISTORY
from tests.canonical.events import event
from tests.loaders.lake.keeping import LakeKeeper, lake_in, rows_of
from tests.loaders.lake.test_lake import append_alone, files, told_in

MEBIBYTE = 1 << 20
COMMITS = 5


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return lake_in(tmp_path / "lake")


@pytest.fixture
def keeper(lake: Lake) -> LakeKeeper:
    """A history of as many commits, each with a row of January and one of February."""
    keeper = LakeKeeper(lake)
    for raw in range(COMMITS):
        keeper.load(told_in(1, raw), told_in(2, raw + 100))
    return keeper


def live(lake: Lake) -> int:
    return len(list(lake.held(HISTORY).scan().plan_files()))


def test_small_files_of_a_month_become_one(lake: Lake, keeper: LakeKeeper) -> None:
    before, offsets = sorted(rows_of(lake, HISTORY)), lake.offsets()
    assert live(lake) == 2 * COMMITS
    assert compact(lake, HISTORY, MEBIBYTE)[:2] == (2 * COMMITS, 2)
    assert live(lake) == 2
    assert (sorted(rows_of(lake, HISTORY)), lake.offsets()) == (before, offsets)
    assert compact(lake, HISTORY, MEBIBYTE) == (0, 0, 0)
    keeper.load(event(999, {}))
    assert len(rows_of(lake, HISTORY)) == 2 * COMMITS + 1


def test_files_that_are_large_enough_stay(lake: Lake, keeper: LakeKeeper) -> None:
    assert compact(lake, HISTORY, 1) == (0, 0, 0)
    assert live(lake) == 2 * COMMITS


def test_rows_that_come_while_files_are_rewritten_stay(
    lake: Lake, keeper: LakeKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_each(monkeypatch, lambda: keeper.load(event(len(rows_of(lake, HISTORY)) + 1000, {})))
    compact(lake, HISTORY, MEBIBYTE)
    assert len({row[2] for row in rows_of(lake, HISTORY)}) == len(rows_of(lake, HISTORY)) == 2 * COMMITS + 2


def test_second_one_who_rewrites_the_same_files_changes_nothing(
    lake: Lake, keeper: LakeKeeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other, is_first = lake_in(tmp_path / "lake"), threading.Event()

    def overtake() -> None:
        if not is_first.is_set():
            is_first.set()
            compact(other, HISTORY, MEBIBYTE)

    before_each(monkeypatch, overtake)
    assert compact(lake, HISTORY, MEBIBYTE) == (0, 0, 0)
    assert (live(lake), len(rows_of(lake, HISTORY))) == (2, 2 * COMMITS)


def before_each(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]) -> None:
    """Do something whenever new files are written and not swapped in yet."""

    def written(*told: object) -> object:
        made = list(write_tables(*told))  # type: ignore[arg-type]  # what the real one is given
        work()
        return made

    monkeypatch.setattr(compaction, "write_tables", written)


def test_files_that_only_old_snapshots_refer_to_go(lake: Lake, keeper: LakeKeeper, tmp_path: Path) -> None:
    compact(lake, HISTORY, MEBIBYTE)
    before, offsets = sorted(rows_of(lake, HISTORY)), lake.offsets()
    grow_old(tmp_path)
    now = datetime.now(UTC)
    snapshots, gone = expire(lake, HISTORY, now, now)
    assert snapshots == COMMITS + 2
    assert gone > 2 * COMMITS
    assert len(files(tmp_path)) - receipts(tmp_path) == 2
    assert (sorted(rows_of(lake, HISTORY)), lake.offsets()) == (before, offsets)
    keeper.load(event(999, {}))
    assert len(rows_of(lake, HISTORY)) == 2 * COMMITS + 1


def test_files_of_a_writer_that_has_not_committed_yet_stay(lake: Lake, keeper: LakeKeeper, tmp_path: Path) -> None:
    waiting = files(tmp_path)[0].with_name("waiting.parquet")
    waiting.write_bytes(b"rows")
    now = datetime.now(UTC)
    assert expire(lake, HISTORY, now, now)[1] == 0
    assert waiting.exists()
    grow_old(tmp_path)
    expire(lake, HISTORY, now, now)
    assert not waiting.exists()
    assert len(rows_of(lake, HISTORY)) == 2 * COMMITS


def test_where_the_lake_stands_outlives_snapshots_of_others(lake: Lake, keeper: LakeKeeper) -> None:
    offsets = lake.offsets()
    append_alone(lake.held(HISTORY))
    now = datetime.now(UTC) + timedelta(hours=1)
    expire(lake, HISTORY, now, now)
    assert lake.offsets() == offsets


def grow_old(folder: Path) -> None:
    """Make all files two days old."""
    then = datetime.now(UTC).timestamp() - 2 * 86_400
    for path in folder.rglob("*"):
        os.utime(path, (then, then))


def receipts(folder: Path) -> int:
    return sum("receipts" in path.parts for path in files(folder))
