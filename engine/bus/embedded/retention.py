"""What the embedded bus removes from a topic: records too old, and records that a newer one of their key replaced."""

from __future__ import annotations

import sqlite3
from itertools import takewhile

from engine.bus.embedded.schema import record_id

MOST_REMOVED = 5000
"""Records after which one call removes no more from a partition by age, so that publishing never waits long."""


def remove_old(connection: sqlite3.Connection, now: int) -> int:
    """Remove some of what age and compaction let go at `now` (ms since the epoch); how many records that were."""
    retention, compacted = connection.execute("SELECT retention_ms, compacted FROM topic").fetchone()
    numbers = [number for (number,) in connection.execute("SELECT number FROM partitions").fetchall()]
    removed = sum(_compact(connection, number) for number in numbers) if compacted else 0
    if retention is not None:
        removed += sum(_expire(connection, number, now - retention) for number in numbers)
    return removed


def _expire(connection: sqlite3.Connection, number: int, oldest: int) -> int:
    base = record_id(number, 0)
    rows = connection.execute(
        "SELECT id, count, timestamp FROM bundles WHERE id >= ? AND id < ? ORDER BY id",
        (base, record_id(number + 1, 0)),
    )
    removed, first = 0, base
    for row_id, count, _ in takewhile(lambda row: row[2] < oldest, rows):
        removed, first = removed + count, row_id + count
        if removed >= MOST_REMOVED:
            break
    rows.close()
    if removed:
        connection.execute("DELETE FROM bundles WHERE id >= ? AND id < ?", (base, first))
        connection.execute("UPDATE partitions SET first = ? WHERE number = ?", (first - base, number))
    return removed


def _compact(connection: sqlite3.Connection, number: int) -> int:
    news = connection.execute("SELECT 1 FROM partitions WHERE number = ? AND compacted < next", (number,)).fetchone()
    if news is None:
        return 0
    ids = (record_id(number, 0), record_id(number + 1, 0))
    removed = connection.execute(
        "DELETE FROM bundles WHERE id >= ? AND id < ? AND id NOT IN"
        " (SELECT max(id) FROM bundles WHERE id >= ? AND id < ? GROUP BY key)",
        (*ids, *ids),
    ).rowcount
    connection.execute("UPDATE partitions SET compacted = next WHERE number = ?", (number,))
    return removed
