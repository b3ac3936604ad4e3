"""Records of the embedded bus made older than they are, so that retention finds them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from engine.bus.embedded.bundle import pack, unpack
from engine.bus.embedded.schema import record_id
from engine.bus.record import Partition

HOUR_MS = 3_600_000


def age(home: Path, partition: Partition, before: int, hours: int) -> None:
    """Make the records of the partition below the offset `before` so many hours older, each in a row of its own."""
    ends = (record_id(partition.number, 0), record_id(partition.number, before))
    with closing(sqlite3.connect(home / "topics" / f"{partition.topic}.db")) as connection, connection:
        found = connection.execute("SELECT * FROM bundles WHERE id >= ? AND id < ?", ends).fetchall()
        connection.execute("DELETE FROM bundles WHERE id >= ? AND id < ?", ends)
        for first, count, timestamp, key, content in found:
            for row_id, parts in enumerate(unpack(content, count, 0), first):
                time = timestamp - hours * HOUR_MS if row_id < ends[1] else timestamp
                connection.execute("INSERT INTO bundles VALUES (?, 1, ?, ?, ?)", (row_id, time, key, pack([parts])))
