"""A topic's file as it is written."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from itertools import count, repeat
from pathlib import Path

from engine.bus.bus import BusError
from engine.bus.embedded.file import WrittenFile
from engine.bus.embedded.retention import remove_old
from engine.bus.embedded.schema import record_id
from engine.bus.headers import pack
from engine.bus.partitioner import partition_of
from engine.bus.record import Record

_Row = tuple[bytes, bytes, bytes]


class WrittenTopic:
    """Appends to one topic that exists, and removes what it need not keep; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise BusError(f"not stored: there is no topic {path.stem} - create it with Bus.ensure")
        self._file = WrittenFile(path, "FULL")
        self._partitions = 0

    def append(self, records: Sequence[Record]) -> None:
        """Store the records in order, each behind the last of its partition; they are durable when this returns."""
        rows = self._rows(records)
        with self._file.transaction() as connection:
            now = time.time_ns() // 1_000_000
            for number, partition_rows in rows.items():
                _append(connection, number, partition_rows, now)

    def remove_old(self, now: int) -> int:
        """Remove some of what age and compaction let go at `now` (ms since the epoch); how many records that were."""
        with self._file.transaction() as connection:
            return remove_old(connection, now)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rows(self, records: Sequence[Record]) -> dict[int, list[_Row]]:
        partitions = self._partitions or self._count_partitions()
        rows: dict[int, list[_Row]] = {}
        for record in records:
            row = (record.key, pack(record.headers), record.value)
            rows.setdefault(partition_of(record.key, partitions), []).append(row)
        return rows

    def _count_partitions(self) -> int:
        with self._file.transaction() as connection:
            self._partitions = int(connection.execute("SELECT partitions FROM topic").fetchone()[0])
        return self._partitions


def _append(connection: sqlite3.Connection, number: int, rows: Sequence[_Row], now: int) -> None:
    (offset,) = connection.execute("SELECT next FROM partitions WHERE number = ?", (number,)).fetchone()
    keys, headers, values = zip(*rows, strict=True)
    numbered = zip(count(record_id(number, offset)), repeat(now), keys, headers, values, strict=False)
    connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", numbered)
    connection.execute("UPDATE partitions SET next = ? WHERE number = ?", (offset + len(rows), number))
