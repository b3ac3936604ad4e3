"""`groups.db` of the embedded bus: the living members of each group, their leases on partitions, committed offsets.

Nobody orders who reads what: each member works out the same division of the partitions among the living, lets go of
what is another's in it, and takes what is its own in it and free.
A power failure may take the last commits back (synchronous=NORMAL); their records are then delivered again.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from engine.bus.division import divide
from engine.bus.embedded.file import WrittenFile, create_file
from engine.bus.record import Partition

_TABLES = (
    (
        "CREATE TABLE members (grp TEXT, member TEXT, topics BLOB NOT NULL, beat REAL NOT NULL,"
        " PRIMARY KEY (grp, member)) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE leases (grp TEXT, topic TEXT, part INTEGER, member TEXT NOT NULL,"
        " PRIMARY KEY (grp, topic, part)) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE offsets (grp TEXT, topic TEXT, part INTEGER, next INTEGER NOT NULL,"
        " PRIMARY KEY (grp, topic, part)) WITHOUT ROWID"
    ),
)


def create_groups(path: Path) -> None:
    """Make the groups' file, unless there is one."""
    create_file(path, _declare)


def _declare(connection: sqlite3.Connection) -> None:
    for table in _TABLES:
        connection.execute(table)


@dataclass(frozen=True, slots=True)
class Member:
    """One consumer of a group."""

    group: str
    name: str


class Groups:
    """The groups' file, for one thread at a time; the leases of a member not heard of for `lease` seconds are free."""

    def __init__(self, path: Path, lease: float) -> None:
        self._lease = lease
        self._file = WrittenFile(path, "NORMAL")

    def renew(self, member: Member) -> None:
        """Show that `member` lives; of no use once its leases have run out."""
        with self._file.transaction() as connection:
            connection.execute(
                "UPDATE members SET beat = ? WHERE grp = ? AND member = ? AND beat >= ?",
                (_uptime(), member.group, member.name, _uptime() - self._lease),
            )

    def settle(self, member: Member, topics: Mapping[str, int]) -> tuple[frozenset[Partition], frozenset[Partition]]:
        """Let go of and take what the division says: the partitions kept, and those that came just now."""
        with self._file.transaction() as connection:
            _bury(connection, member.group, self._lease)
            _show(connection, member, topics)
            held = _held(connection, member.group)
            owners = divide(_reads(connection, member.group), held)
            mine = frozenset(partition for partition, owner in owners.items() if owner == member.name)
            had = frozenset(partition for partition, holder in held.items() if holder == member.name)
            _release(connection, member, had - mine)
            _take(connection, member, mine - held.keys())
            return had & mine, mine - held.keys()

    def leave(self, member: Member) -> None:
        """Forget `member`, so that its partitions are free at once."""
        with self._file.transaction() as connection:
            connection.execute("DELETE FROM leases WHERE grp = ? AND member = ?", (member.group, member.name))
            connection.execute("DELETE FROM members WHERE grp = ? AND member = ?", (member.group, member.name))

    def commit(self, member: Member, offsets: Mapping[Partition, int]) -> None:
        """Store the next offsets of those partitions that `member` has a lease on."""
        with self._file.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO offsets SELECT grp, topic, part, ? FROM leases"
                " WHERE grp = ? AND topic = ? AND part = ? AND member = ?",
                [(offset, member.group, *partition, member.name) for partition, offset in offsets.items()],
            )

    def committed(self, group: str) -> dict[Partition, int]:
        """What the group committed."""
        with self._file.transaction() as connection:
            rows = connection.execute("SELECT topic, part, next FROM offsets WHERE grp = ?", (group,)).fetchall()
        return {Partition(topic, number): offset for topic, number, offset in rows}

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _uptime() -> float:
    """Seconds since the machine started: one clock for all its processes, which nobody sets."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _bury(connection: sqlite3.Connection, group: str, lease: float) -> None:
    """Forget who was not heard of for the time of a lease, and who was heard of before the machine started anew."""
    now = _uptime()
    alive = (group, now - lease, now)
    dead = connection.execute("DELETE FROM members WHERE grp = ? AND beat NOT BETWEEN ? AND ?", alive).rowcount
    if dead:
        connection.execute(
            "DELETE FROM leases WHERE grp = ? AND member NOT IN (SELECT member FROM members WHERE grp = ?)",
            (group, group),
        )


def _show(connection: sqlite3.Connection, member: Member, topics: Mapping[str, int]) -> None:
    """Enter the member, or the topics it reads now; the heartbeat renews it."""
    row = connection.execute(
        "SELECT topics FROM members WHERE grp = ? AND member = ?", (member.group, member.name)
    ).fetchone()
    written = orjson.dumps(dict(topics))
    if row is None or row[0] != written:
        entry = (member.group, member.name, written, _uptime())
        connection.execute("INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?)", entry)


def _reads(connection: sqlite3.Connection, group: str) -> dict[str, dict[str, int]]:
    rows = connection.execute("SELECT member, topics FROM members WHERE grp = ?", (group,))
    return {name: orjson.loads(topics) for name, topics in rows}


def _held(connection: sqlite3.Connection, group: str) -> dict[Partition, str]:
    rows = connection.execute("SELECT topic, part, member FROM leases WHERE grp = ?", (group,))
    return {Partition(topic, number): name for topic, number, name in rows}


def _release(connection: sqlite3.Connection, member: Member, partitions: Iterable[Partition]) -> None:
    rows = [(member.group, *partition) for partition in partitions]
    connection.executemany("DELETE FROM leases WHERE grp = ? AND topic = ? AND part = ?", rows)


def _take(connection: sqlite3.Connection, member: Member, partitions: Iterable[Partition]) -> None:
    rows = [(member.group, *partition, member.name) for partition in partitions]
    connection.executemany("INSERT INTO leases VALUES (?, ?, ?, ?)", rows)
