"""Topics' names become file names, so only harmless ones are taken."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.bus.bus import BusError
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.embedded.schema import record_id, topic_path
from engine.bus.record import Record, Topic
from tests.contract.bus_drive import LONG, Ears, producing

_BAD = ["", "../x", "a/b", "A", ".hidden", "-x", "a\x00b", "a b", "é", "a" * 122, "a\n", "1a"]


@pytest.mark.parametrize("name", ["a", "hl7.raw", "fhir.diagnosticreport", "a-b_c.1", "a" * 121])
def test_names_of_topics_become_files_of_the_folder(tmp_path: Path, name: str) -> None:
    assert topic_path(tmp_path, name) == tmp_path / f"{name}.db"


@pytest.mark.parametrize("name", _BAD)
def test_other_names_are_refused_everywhere(tmp_path: Path, name: str) -> None:
    with EmbeddedBus(tmp_path / "bus") as bus:
        for use in (lambda: bus.ensure([Topic(name)]), lambda: bus.spans(name), lambda: bus.consumer("g", [name])):
            with pytest.raises(BusError):
                use()
        ears = Ears()
        with producing(bus) as producer:
            producer.publish([Record(name, b"", b"")], ears)
            with pytest.raises(BusError):
                producer.flush(LONG)
        assert [type(error) for error in ears.heard] == [BusError]


def test_names_that_differ_by_a_suffix_of_sqlite_do_not_meet(tmp_path: Path) -> None:
    names = ["a", "a.db", "a.db-wal", "a.db-shm", "a.db.lock", "a.lock"]
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic(name, 1) for name in names])
        with producing(bus) as producer:
            producer.publish([Record(name, b"", name.encode()) for name in names], Ears())
            producer.flush(LONG)
        assert bus.topics() == dict.fromkeys(sorted(names), 1)
        for name in names:
            (partition,) = bus.spans(name)
            assert [record.value for record in bus.read(partition, 0, 9)] == [name.encode()]


def test_a_file_of_another_layout_is_no_topic(tmp_path: Path) -> None:
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic("t", 1)])
        with closing(sqlite3.connect(topic_path(tmp_path / "bus" / "topics", "t"))) as connection, connection:
            connection.execute("ALTER TABLE bundles RENAME TO records")
        with pytest.raises(BusError, match="move the file away"):
            bus.ensure([Topic("t", 1)])


def test_ids_of_partitions_do_not_overlap() -> None:
    assert record_id(0, 2**48 - 1) < record_id(1, 0) < record_id(1, 1) < record_id(2, 0)
