"""A row costs as much in a warehouse of millions as in one of thousands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.loaders.loader import BATCH
from tests.rig.proof import count, report

SMALL, LARGE = count(20_000, 100_000), count(100_000, 10_000_000)
BATCHES = count(2, 10)
MOST = 1.5
MEGABYTE = 1 << 20


def measured(folder: Path, rows: int) -> tuple[float, int, int]:
    command = [sys.executable, "-m", "tests.loaders.growing", str(folder / f"{rows}.duckdb"), str(rows), str(BATCHES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1500)
    assert done.returncode == 0, done.stderr[-2000:]
    cpu, first, last = json.loads(done.stdout)
    return cpu, first, last


@pytest.mark.prove
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_row_costs_no_more_in_a_warehouse_of_many(tmp_path: Path) -> None:
    small, *_ = measured(tmp_path, SMALL)
    large, first, last = measured(tmp_path, LARGE)
    report("growth", _page(small, large, first // MEGABYTE, last // MEGABYTE))
    assert large <= small * MOST
    assert last - first < 400 * MEGABYTE


def _page(small: float, large: float, first: int, last: int) -> str:
    return (
        "# Growth\n\nRows of history, current and views were loaded into a DuckDB file whose history held "
        f"{SMALL:,} rows, and into one with {LARGE:,}, in {BATCHES} batches of {BATCH:,} records each.\n\n"
        f"| rows before | CPU µs a row |\n|---|---|\n| {SMALL:,} | {small * 1e6:.1f} |\n"
        f"| {LARGE:,} | {large * 1e6:.1f} |\n\nThat is {large / small:.2f} times as much, and may be {MOST} times. "
        f"The process had {first} MB after the first batch into the large one, and {last} MB after the last; "
        "DuckDB was given 1 GB.\n"
    )
