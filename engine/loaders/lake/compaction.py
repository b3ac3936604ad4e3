"""Compaction: small files of a month rewritten as few large ones, beside those who load meanwhile.

The library has no such operation. Each step reads some files, writes one, and swaps them in one commit, which carries
the offsets on; rows stay what they are. Killed in between, nothing changed but files that nobody refers to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from pyiceberg.exceptions import ValidationException
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Transaction
from pyiceberg.table import Table as Iceberg

from engine.loaders.lake.files import remove_files, write_tables
from engine.loaders.lake.lake import Lake, translated
from engine.loaders.tables import Table

FEWEST = 4
"""Files that are worth a rewrite."""


class Compacted(NamedTuple):
    """What was done: files that went, files that came, and their bytes."""

    before: int
    after: int
    bytes: int


def compact(lake: Lake, table: Table, target: int) -> Compacted:
    """Rewrite files of less than half of `target` bytes until they have about that; raises Unavailable."""
    with translated():
        held = lake.held(table)
        done = [_rewrite(lake, table, held, month, tasks) for month, tasks in _choose(held, target)]
    return Compacted(*(sum(of) for of in zip(*done, strict=True))) if done else Compacted(0, 0, 0)


def _choose(held: Iceberg, target: int) -> Iterator[tuple[int, list[FileScanTask]]]:
    """Sets of small files of one month, each of about `target` bytes."""
    months: dict[int, list[FileScanTask]] = defaultdict(list)
    for task in held.scan().plan_files():
        if task.file.file_size_in_bytes < target / 2:
            months[task.file.partition[0]].append(task)
    for month, tasks in sorted(months.items()):
        yield from ((month, part) for part in _cut(tasks, target) if len(part) >= FEWEST)


def _cut(tasks: Sequence[FileScanTask], target: int) -> Iterator[list[FileScanTask]]:
    part: list[FileScanTask] = []
    size = 0
    for task in sorted(tasks, key=lambda one: one.file.file_path):
        part.append(task)
        size += task.file.file_size_in_bytes
        if size >= target:
            yield part
            part, size = [], 0
    yield part


def _rewrite(lake: Lake, table: Table, held: Iceberg, month: int, tasks: Sequence[FileScanTask]) -> Compacted:
    rows = ArrowScan(held.metadata, held.io, held.schema(), AlwaysTrue()).to_table(tasks)
    old, new = [task.file for task in tasks], list(write_tables(held, table, [(month, rows)]))
    try:
        lake.commit(table, partial(_swap, old, new), {}, {})
    except ValidationException:  # somebody else rewrote them meanwhile
        remove_files(held, new)
        return Compacted(0, 0, 0)
    return Compacted(len(old), len(new), sum(file.file_size_in_bytes for file in new))


def _swap(old: Sequence[DataFile], new: Sequence[DataFile], transaction: Transaction, told: dict[str, str]) -> None:
    with transaction.update_snapshot(snapshot_properties=told).overwrite() as update:
        for file in old:
            update.delete_data_file(file)
        for file in new:
            update.append_data_file(file)
