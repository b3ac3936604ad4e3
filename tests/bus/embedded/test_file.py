"""Files of the embedded bus: whole from the start, written by turns, healed after a fault."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

from engine.bus.bus import BusError
from engine.bus.embedded import lock
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.embedded.file import WrittenFile, create_file, open_reading
from engine.bus.embedded.topic import WrittenTopic
from engine.bus.record import Record, Topic
from tests.contract.bus_drive import process, read_all, said, values
from tests.rig.process import wait_until


def _fill(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE t (x INTEGER)")
    connection.execute("INSERT INTO t VALUES (1)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_file(tmp_path / "file.db", _fill)
    return tmp_path / "file.db"


@pytest.fixture
def file(path: Path) -> Iterator[WrittenFile]:
    with closing(WrittenFile(path, "FULL")) as file:
        yield file


def _rows(path: Path) -> list[tuple[int]]:
    with closing(open_reading(path)) as connection:
        return connection.execute("SELECT x FROM t").fetchall()


def test_a_file_that_exists_is_not_made_again(path: Path) -> None:
    create_file(path, _fill)
    assert _rows(path) == [(1,)]


def test_what_a_crash_left_of_making_a_file_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "file.db.draft").write_bytes(b"half")
    (tmp_path / "file.db.draft-wal").write_bytes(b"half")
    create_file(tmp_path / "file.db", _fill)
    assert _rows(tmp_path / "file.db") == [(1,)]
    assert list(tmp_path.glob("*.draft*")) == []


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "bus"
    with EmbeddedBus(home) as bus:
        bus.ensure([Topic("a.topic", 1)])
        producer = bus.producer()
        producer.publish([Record("a.topic", b"", b"")], lambda _: None)
        producer.flush(5)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*") if path.is_file()}
        producer.close()
    assert modes == {0o600}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_failed_transaction_leaves_nothing_and_the_next_one_works(path: Path, file: WrittenFile) -> None:
    with pytest.raises(BusError), file.transaction() as connection:
        connection.executemany("INSERT INTO t VALUES (?)", [(2,), ("too", "many")])
    with file.transaction() as connection:
        connection.execute("INSERT INTO t VALUES (4)")
    assert _rows(path) == [(1,), (4,)]


def test_a_commit_is_on_the_disk_before_it_returns(file: WrittenFile) -> None:
    with file.transaction() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL: the log is synced at each commit


def test_a_reader_sees_no_transaction_before_its_end(path: Path, file: WrittenFile) -> None:
    with file.transaction() as connection:
        connection.execute("INSERT INTO t VALUES (2)")
        assert _rows(path) == [(1,)]
    assert _rows(path) == [(1,), (2,)]


def test_a_writer_that_does_not_end_its_turn_is_said_and_costs_only_time(
    path: Path, file: WrittenFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    with path.with_name("file.db.lock").open("r+b") as other:
        flock(other, LOCK_EX)
        with pytest.raises(BusError, match="another process"), file.transaction():
            pass
    with file.transaction() as connection:
        connection.execute("INSERT INTO t VALUES (2)")
    assert _rows(path) == [(1,), (2,)]


_FULL = """
import resource
from engine.bus.embedded.topic import WrittenTopic
from engine.bus.record import Record, Topic
bus.ensure([Topic("a.topic", 1)])
producer = bus.producer()
def publish(numbers):
    for number in numbers:
        producer.publish([Record("a.topic", b"k", b"%09d" % number)], lambda error: say(error is None))
    try:
        producer.flush(10)
    except Exception as error:
        say(type(error).__name__)
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
publish(range(5))
for round in range(3):
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, unlimited[1]))
    publish([100])
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    publish([10 + round])
producer.close()
say("closed")
"""


def test_a_full_disk_is_said_and_publishing_goes_on_when_there_is_room(tmp_path: Path) -> None:
    home = tmp_path / "bus"
    imports = "from pathlib import Path\nfrom engine.bus.embedded.bus import EmbeddedBus\n"
    opening = f"{imports}bus = EmbeddedBus(Path({str(home)!r}))"
    child = process(tmp_path / "child.log", opening, _FULL)
    wait_until(lambda: "closed" in said(child), "the end of the publisher", 30)
    assert said(child) == ["True"] * 5 + ["False", "BusError", "True"] * 3 + ["closed"]
    with EmbeddedBus(home) as bus:
        assert values(read_all(bus, "a.topic")) == [*range(5), 10, 11, 12]


def test_topics_are_written_so_that_a_commit_is_on_the_disk(tmp_path: Path) -> None:
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic("t", 1)])
        with (
            closing(WrittenTopic(tmp_path / "bus" / "topics" / "t.db")) as topic,
            topic._file.transaction() as connection,
        ):
            assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_log_torn_at_any_byte_heals_to_what_was_committed_before(tmp_path: Path) -> None:
    home = tmp_path / "bus"
    with EmbeddedBus(home) as bus:
        bus.ensure([Topic("t", 1)])
        producer = bus.producer()
        for number in range(12):
            producer.publish([Record("t", b"k", b"%d" % number + b" " * 3000)], lambda _: None)
            producer.flush(5)
        files = {suffix: (home / "topics" / f"t.db{suffix}").read_bytes() for suffix in ("", "-wal")}
        producer.close()
    log = files["-wal"]
    counts = []
    for length in [*range(0, len(log), 19997), len(log) - 1, len(log)]:
        torn = tmp_path / f"torn {length}"
        with EmbeddedBus(torn) as bus:
            (torn / "topics" / "t.db").write_bytes(files[""])
            (torn / "topics" / "t.db-wal").write_bytes(log[:length])
            counts.append(len(read_all(bus, "t")))
            assert values(read_all(bus, "t")) == list(range(counts[-1]))
            producer = bus.producer()
            producer.publish([Record("t", b"k", b"%d" % counts[-1])], lambda _: None)
            producer.close()
            assert values(read_all(bus, "t")) == list(range(counts[-1] + 1))
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] == 12


def test_after_a_fault_the_log_is_written_anew(path: Path, file: WrittenFile) -> None:
    log = path.with_name("file.db-wal")
    with closing(open_reading(path)) as reader:
        reader.execute("SELECT x FROM t").fetchall()
        for number in range(20):
            with file.transaction() as connection:
                connection.execute("INSERT INTO t VALUES (?)", (number,))
        before = log.stat().st_size
        with pytest.raises(BusError), file.transaction() as connection:
            connection.execute("INSERT INTO missing VALUES (1)")
        with file.transaction() as connection:
            connection.execute("INSERT INTO t VALUES (99)")
        assert log.stat().st_size < before / 4
    assert len(_rows(path)) == 22
