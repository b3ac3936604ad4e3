"""What of a record every bus gives back, and what it adds."""

from __future__ import annotations

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bus.bus import Bus
from engine.bus.record import Partition, Record, Topic
from tests.contract.bus_drive import LONG, Ears, numbered, producing, publish, read_all, values

_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
_RECORDS = st.tuples(
    st.just(""),
    st.binary(max_size=60),
    st.binary(max_size=200),
    st.dictionaries(_NAMES, st.binary(max_size=50), max_size=6),
).map(lambda parts: Record(*parts))


class ContentContract:
    """Tests of what records hold, for a subclass that gives `bus` and `topic` (6 partitions)."""

    def test_headers_and_empty_parts_come_back_as_they_went(self, bus: Bus, topic: str) -> None:
        headers = {"binary": bytes(range(256)), "empty": b"", "tên": "Nguyễn Văn A".encode(), "a": b"1"}
        publish(bus, [Record(topic, b"", b"", headers), Record(topic, b"", b"\x00")])
        first, second = read_all(bus, topic)
        assert (first.key, first.value, list(first.headers.items())) == (b"", b"", list(headers.items()))
        assert (second.key, second.value, dict(second.headers)) == (b"", b"\x00", {})

    @settings(
        max_examples=20,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(records=st.lists(_RECORDS, min_size=1, max_size=20))
    def test_any_bytes_come_back_as_they_went(self, bus: Bus, topic: str, records: list[Record]) -> None:
        before = bus.spans(topic)
        with producing(bus) as producer:
            sent = [Record(topic, record.key, record.value, record.headers) for record in records]
            producer.publish(sent, Ears())
            producer.flush(LONG)
        read: list[Record] = []
        for partition, span in bus.spans(topic).items():
            read += bus.read(partition, before[partition].next, span.next)
        assert sorted(map(_content, read)) == sorted(map(_content, sent))

    def test_a_large_record_comes_back_whole(self, bus: Bus, topic: str) -> None:
        value = bytes(range(256)) * (5 * 1024 * 4) + b"end"
        publish(bus, [Record(topic, b"k", value), Record(topic, b"k", b"next")])
        assert [record.value for record in read_all(bus, topic)] == [value, b"next"]

    def test_the_bus_stamps_the_time_of_storing(self, bus: Bus, topic: str) -> None:
        before = time.time_ns() // 1_000_000
        publish(bus, [Record(topic, b"k", b"v", timestamp=1)])
        (record,) = read_all(bus, topic)
        assert before - 1000 <= record.timestamp <= time.time_ns() // 1_000_000 + 1000

    def test_ensure_leaves_a_topic_that_exists_as_it_is(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(5)))
        bus.ensure([Topic(topic, 9), Topic(f"{topic}.new", 2)])
        assert {name: count for name, count in bus.topics().items() if name.startswith(topic)} == {
            topic: 6,
            f"{topic}.new": 2,
        }
        assert values(read_all(bus, topic)) == list(range(5))
        assert set(bus.spans(f"{topic}.new")) == {Partition(f"{topic}.new", 0), Partition(f"{topic}.new", 1)}


def _content(record: Record) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    return record.key, record.value, list(record.headers.items())
