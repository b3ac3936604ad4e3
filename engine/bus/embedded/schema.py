"""How a topic lies in its file: names, tables, and the integer that a record is found by.

A row of `bundles` holds one record or several that follow each other (`count`, and see bundle.py). `id` is the
partition's number and the offset of the first in one integer, so that every partition is one range of the table. In a
compacted topic each record has a row of its own, with its `key`. `partitions` keeps what removing must not forget: the
oldest offset not removed by age, and the next one.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from engine.bus.bus import BusError
from engine.bus.embedded.file import WrittenFile, create_file, open_reading
from engine.bus.record import Topic

_NAME = re.compile(r"[a-z][a-z0-9._-]{0,120}")
_OFFSET_BITS = 48
_TABLES = (
    "CREATE TABLE topic (partitions INTEGER NOT NULL, retention_ms INTEGER, compacted INTEGER NOT NULL)",
    (
        "CREATE TABLE partitions (number INTEGER PRIMARY KEY,"
        " first INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0, compacted INTEGER NOT NULL DEFAULT 0)"
    ),
    (
        "CREATE TABLE bundles (id INTEGER PRIMARY KEY,"
        " count INTEGER NOT NULL, timestamp INTEGER NOT NULL, key BLOB NOT NULL, content BLOB NOT NULL)"
    ),
)


def topic_path(folder: Path, topic: str) -> Path:
    """The file of `topic`; raises BusError for a name that must not become a file's."""
    if not _NAME.fullmatch(topic):
        raise BusError("not a topic's name - take a lower-case letter, then up to 120 of a-z, 0-9, `.`, `_` and `-`")
    return folder / f"{topic}.db"


def record_id(partition: int, offset: int) -> int:
    """What a record is found by; the ids of a partition stand between those of its offset 0 and the next one's."""
    return (partition << _OFFSET_BITS) + offset


def create_topic(path: Path, topic: Topic) -> None:
    """Make the file of `topic`, unless there is one; raises BusError for one that it cannot be."""
    create_file(path, lambda connection: _declare(connection, topic))
    try:
        with closing(open_reading(path)) as connection:
            connection.execute("SELECT id, count, timestamp, key, content FROM bundles LIMIT 0")
    except sqlite3.Error as error:
        raise BusError(
            f"no topic: {error} ({path}) - move the file away if another version of the engine made it"
        ) from error


def read_topic(path: Path) -> Topic:
    """The topic as its file declares it."""
    try:
        with closing(open_reading(path)) as connection:
            partitions, kept, compacted = connection.execute("SELECT * FROM topic").fetchone()
    except sqlite3.Error as error:
        raise BusError(f"not read: {error} (topic {path.stem}) - see that its disk is well") from error
    return Topic(path.stem, partitions, None if kept is None else timedelta(milliseconds=kept), bool(compacted))


def change_retention(path: Path, topic: Topic) -> None:
    """Keep the records of the file as long as `topic` says; raises BusError when there is no such file."""
    if not path.exists():
        raise BusError(f"not changed: there is no topic {path.stem} - create it with Bus.ensure")
    file = WrittenFile(path, "FULL")
    try:
        with file.transaction() as connection:
            connection.execute("UPDATE topic SET retention_ms = ?", (_milliseconds(topic.retention),))
    finally:
        file.close()


def _milliseconds(retention: timedelta | None) -> int | None:
    return None if retention is None else retention // timedelta(milliseconds=1)


def _declare(connection: sqlite3.Connection, topic: Topic) -> None:
    for statement in _TABLES:
        connection.execute(statement)
    declared = (topic.partitions, _milliseconds(topic.retention), topic.compacted)
    connection.execute("INSERT INTO topic VALUES (?, ?, ?)", declared)
    numbers = [(number,) for number in range(topic.partitions)]
    connection.executemany("INSERT INTO partitions (number) VALUES (?)", numbers)
