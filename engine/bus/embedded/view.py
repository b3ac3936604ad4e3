"""A topic's file as it is read: never in the way of who writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.bus.bus import BusError
from engine.bus.embedded.bundle import Parts
from engine.bus.embedded.bundle import unpack as unpack_bundle
from engine.bus.embedded.file import open_reading
from engine.bus.embedded.schema import record_id
from engine.bus.headers import unpack
from engine.bus.record import Record, Span

MOST_BYTES = 16 * 1024 * 1024
"""A batch is full with the record whose value makes it as large as this."""

_BUNDLES = (
    "SELECT id, count, timestamp, content FROM bundles"
    " WHERE id >= (SELECT ifnull(max(id), ?) FROM bundles WHERE id BETWEEN ? AND ?) AND id < ? ORDER BY id LIMIT ?"
)
"""From the bundle on that begins at an offset or before it: a record inside it may be the one asked for."""


class Batch:
    """Records gathered from several partitions, up to a number and a size."""

    def __init__(self, most: int) -> None:
        self.records: list[Record] = []
        self._most = most
        self._size = 0

    @property
    def room(self) -> int:
        """How many records still fit."""
        return self._most - len(self.records) if self._size < MOST_BYTES else 0

    def add(self, record: Record) -> None:
        """Take one more."""
        self.records.append(record)
        self._size += len(record.value)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Keeps what the block adds, unless it fails."""
        before = len(self.records)
        try:
            yield
        except BaseException:
            del self.records[before:]
            raise


class TopicView:
    """Reads one topic that exists; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._topic = path.stem
        with self._reading():
            self._connection = open_reading(path)
            self.partitions = len(self._spans())

    def version(self) -> int:
        """A number that is another one after every write."""
        try:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error as error:
            raise self._fault(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[dict[int, Span]]:
        """The spans by partition; while the block runs, `scan` reads what they say."""
        with self._reading():
            self._connection.execute("BEGIN")
            try:
                yield self._spans()
            finally:
                self._connection.rollback()

    def scan(self, partition: int, first: int, stop: int, batch: Batch) -> int:
        """Fill `batch` from the offset `first` on, up to but without `stop`; the offset to go on at."""
        base = record_id(partition, 0)
        rows = self._connection.execute(_BUNDLES, (base + first, base, base + first, base + stop, batch.room + 1))
        with batch.whole():
            for row_id, count, timestamp, content in rows:
                start = row_id - base
                skipped = max(first - start, 0)
                for offset, parts in enumerate(unpack_bundle(content, count, skipped), start + skipped):
                    if offset == stop:
                        break
                    batch.add(self._record(parts, partition, offset, timestamp))
                    if not batch.room:
                        rows.close()
                        return offset + 1
        return stop

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _record(self, parts: Parts, partition: int, offset: int, timestamp: int) -> Record:
        key, headers, value = parts
        return Record(self._topic, key, value, unpack(headers), partition, offset, timestamp)

    def _spans(self) -> dict[int, Span]:
        rows = self._connection.execute("SELECT number, first, next FROM partitions")
        return {number: Span(first, following) for number, first, following in rows}

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _fault(self, error: sqlite3.Error) -> BusError:
        return BusError(f"not read: {error} (topic {self._topic}) - see that its disk is well")
