"""A topic's file as it is written."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.bus import headers
from engine.bus.bus import BusError
from engine.bus.embedded import bundle
from engine.bus.embedded.bundle import Parts
from engine.bus.embedded.file import WrittenFile
from engine.bus.embedded.retention import remove_old
from engine.bus.embedded.schema import record_id
from engine.bus.partitioner import partition_of
from engine.bus.record import Record

_Bundle = tuple[int, bytes, bytes]
"""How many records, the key of one that is alone in a compacted topic, and all of them packed."""


class _Shape(NamedTuple):
    """What a topic was declared with."""

    partitions: int
    compacted: bool


class WrittenTopic:
    """Appends to one topic that exists, and removes what it need not keep; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise BusError(f"not stored: there is no topic {path.stem} - create it with Bus.ensure")
        self._file = WrittenFile(path, "FULL")
        self._shape: _Shape | None = None

    def append(self, records: Sequence[Record]) -> None:
        """Store the records in order, each behind the last of its partition; they are durable when this returns."""
        shape = self._shape = self._shape or self._read_shape()
        bundles = {number: _bundle(parts, shape) for number, parts in _divide(records, shape.partitions).items()}
        with self._file.transaction() as connection:
            _append(connection, bundles, time.time_ns() // 1_000_000)

    def remove_old(self, now: int) -> int:
        """Remove some of what age and compaction let go at `now` (ms since the epoch); how many records that were."""
        with self._file.transaction() as connection:
            return remove_old(connection, now)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read_shape(self) -> _Shape:
        with self._file.transaction() as connection:
            partitions, compacted = connection.execute("SELECT partitions, compacted FROM topic").fetchone()
        return _Shape(int(partitions), bool(compacted))


def _divide(records: Sequence[Record], partitions: int) -> dict[int, list[Parts]]:
    divided: dict[int, list[Parts]] = {}
    for record in records:
        parts = (record.key, headers.pack(record.headers), record.value)
        divided.setdefault(partition_of(record.key, partitions), []).append(parts)
    return divided


def _bundle(records: Sequence[Parts], shape: _Shape) -> list[_Bundle]:
    if shape.compacted:
        return [(1, one[0], bundle.pack([one])) for one in records]
    return [(len(some), b"", bundle.pack(some)) for some in bundle.divide(records)]


def _append(connection: sqlite3.Connection, bundles: Mapping[int, Sequence[_Bundle]], now: int) -> None:
    """Few statements: between two of them, the event loop may take Python's lock from this thread."""
    following = dict(connection.execute("SELECT number, next FROM partitions").fetchall())
    rows = []
    for number, of_partition in bundles.items():
        for count, key, content in of_partition:
            rows.append((record_id(number, following[number]), count, now, key, content))
            following[number] += count
    connection.executemany("INSERT INTO bundles VALUES (?, ?, ?, ?, ?)", rows)
    ends = [(following[number], number) for number in bundles]
    connection.executemany("UPDATE partitions SET next = ? WHERE number = ?", ends)
