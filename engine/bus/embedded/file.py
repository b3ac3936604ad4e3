"""One SQLite file of the embedded bus: how it is made, written by turns, and read.

A turn of our own stands around every write and checkpoint: who waits for it goes on within a millisecond, and SQLite
before 3.51.3 can damage a file in which one connection checkpoints while another starts the log anew
(sqlite.org/wal.html#walresetbug).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Literal

from engine.bus.bus import BusError
from engine.bus.embedded.lock import PATIENCE, Turn

Synchronous = Literal["FULL", "NORMAL"]
"""FULL: a commit returns when it is on the disk. NORMAL: a power failure may take the last commits back."""


class WrittenFile:
    """A file that this process writes, by turns with other processes; used by one thread at a time."""

    def __init__(self, path: Path, synchronous: Synchronous) -> None:
        self._path = path
        self._synchronous = synchronous
        self._turn = Turn(path)
        self._connection: sqlite3.Connection | None = None
        self._suspect = False

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that the block writes or, when BusError is raised, nothing of it."""
        with self._turn.taken():
            try:
                connection = self._connection or self._open()
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._suspect = True
                self._let_go()
                raise _not_stored(self._path, error) from error
            except BaseException:
                self._let_go()
                raise

    def close(self) -> None:
        """Close the file."""
        with suppress(BusError), self._turn.taken():
            self._let_go()
        self._turn.close()

    def _open(self) -> sqlite3.Connection:
        self._connection = _connect(self._path, "rw")
        self._connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        if self._suspect:
            _write_anew(self._connection)
            self._suspect = False
        return self._connection

    def _let_go(self) -> None:
        """Close the connection, transaction and all: after a failed fsync, nothing that it remembers can be trusted."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _write_anew(connection: sqlite3.Connection) -> None:
    """Bring the whole log onto the pages and empty it.

    After a failed fsync the kernel may show bytes of the log that are not on the disk, and never write them; a commit
    behind them would be lost with them.
    """
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise sqlite3.OperationalError("the log is being read")


def create_file(path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Make the file with what `fill` writes, unless it is there; it appears at once with all of that, and durable."""
    turn = Turn(path)
    try:
        with turn.taken():
            if not path.exists():
                _draft(path.with_name(path.name + ".draft"), path, fill)
    except (sqlite3.Error, OSError) as error:
        raise _not_stored(path, error) from error
    finally:
        turn.close()


def open_reading(path: Path) -> sqlite3.Connection:
    """A connection that reads and never holds up who writes; raises sqlite3.Error when there is no such file."""
    return _connect(path, "ro")


def _draft(draft: Path, path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    for left in draft.parent.glob(draft.name + "*"):
        left.unlink()
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(_connect(draft, "rw")) as connection:
        connection.execute("PRAGMA page_size = 16384")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN")
        fill(connection)
        connection.execute("COMMIT")
    draft.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _connect(path: Path, mode: Literal["ro", "rw"]) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=PATIENCE, check_same_thread=False)


def _not_stored(path: Path, error: Exception) -> BusError:
    return BusError(f"not stored: {error} ({path.name}) - see that its disk is well and has room")
