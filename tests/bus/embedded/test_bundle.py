"""Records that share a row come back as they went, each under its own offset."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.bus.embedded.bundle import MOST_BYTES, MOST_RECORDS, divide, pack, unpack
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Partition, Span, Topic
from tests.contract.bus_drive import consuming, drain, numbered, publish, read_all, values

_PARTS = st.lists(st.tuples(*[st.binary(max_size=50)] * 3), min_size=1, max_size=80)


@given(_PARTS, st.data())
def test_records_of_a_bundle_come_back_from_any_of_them_on(
    records: list[tuple[bytes, bytes, bytes]], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(records)))
    assert list(unpack(pack(records), len(records), start)) == records[start:]


@given(_PARTS, st.integers(1, 9))
def test_records_are_divided_in_their_order(records: list[tuple[bytes, bytes, bytes]], most: int) -> None:
    groups = list(divide(records, most))
    assert [one for group in groups for one in group] == records
    assert {len(group) for group in groups[:-1]} <= {most}
    assert 0 < len(groups[-1]) <= most


def test_a_bundle_ends_before_it_is_too_large_and_a_large_record_is_alone() -> None:
    sizes = [MOST_BYTES // 2, MOST_BYTES // 2, 1, MOST_BYTES * 3, 1, 1]
    groups = divide([(b"", b"", bytes(size)) for size in sizes])
    assert [[len(value) for _, _, value in group] for group in groups] == [sizes[:2], sizes[2:3], sizes[3:4], sizes[4:]]


def test_no_records_are_no_bundle() -> None:
    assert list(divide([])) == []


def test_what_one_call_brings_shares_rows(tmp_path: Path) -> None:
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic("t", 1), Topic("compacted", 1, compacted=True)])
        for topic in ("t", "compacted"):
            publish(bus, numbered(topic, range(MOST_RECORDS + 6)))
        assert _counts(tmp_path / "bus", "t") == [MOST_RECORDS, 6]
        assert _counts(tmp_path / "bus", "compacted") == [1] * (MOST_RECORDS + 6)


def _counts(home: Path, topic: str) -> list[int]:
    with closing(sqlite3.connect(home / "topics" / f"{topic}.db")) as connection:
        return [count for (count,) in connection.execute("SELECT count FROM bundles ORDER BY id")]


def test_reading_begins_and_ends_anywhere_in_a_bundle(tmp_path: Path) -> None:
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic("t", 1)])
        for first in (0, 10, 20):
            publish(bus, numbered("t", range(first, first + 10)))
        for first in range(31):
            for stop in range(first, 31):
                read = list(bus.read(Partition("t", 0), first, stop))
                assert values(read) == [record.offset for record in read] == list(range(first, stop))


def test_a_poll_ends_inside_a_bundle_and_the_next_goes_on_there(tmp_path: Path) -> None:
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic("t", 2)])
        publish(bus, numbered("t", range(100)))
        with consuming(bus, "g", ["t"]) as consumer:
            polled = [consumer.poll(7, 5) for _ in range(14)]
            assert [len(records) for records in polled] == [7] * 14
            read = [one for records in polled for one in records] + drain(consumer, 2)
        assert sorted(values(read)) == list(range(100))
        by_partition = {number: [one.offset for one in read if one.partition == number] for number in (0, 1)}
        assert all(offsets == list(range(len(offsets))) for offsets in by_partition.values())


def test_retention_removes_whole_bundles(tmp_path: Path) -> None:
    with EmbeddedBus(tmp_path / "bus") as bus:
        bus.ensure([Topic("t", 1, retention=timedelta(hours=1))])
        publish(bus, numbered("t", range(90)))
        bus.enforce("t", time.time_ns() // 1_000_000 + 7_200_000)
        publish(bus, numbered("t", range(90, 95)))
        assert bus.spans("t") == {Partition("t", 0): Span(90, 95)}
        assert values(read_all(bus, "t")) == list(range(90, 95))
