"""What every bus keeps of what is published."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bus.bus import Bus, BusError
from engine.bus.partitioner import partition_of
from engine.bus.record import Partition, Record, Topic
from tests.contract.bus_drive import LONG, Ears, numbered, producing, publish, read_all, values

_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
_RECORDS = st.tuples(
    st.just(""),
    st.binary(max_size=60),
    st.binary(max_size=200),
    st.dictionaries(_NAMES, st.binary(max_size=50), max_size=6),
).map(lambda parts: Record(*parts))


class PublishingContract:
    """Tests of producers, for a subclass that gives `bus` and `topic` (6 partitions)."""

    def test_a_key_goes_to_the_partition_that_murmur2_says(self, bus: Bus, topic: str) -> None:
        keys = [b"", b"\x00", b"\xff\xfe", "Nguyễn".encode(), *(b"key %d" % number for number in range(60))]
        publish(bus, [Record(topic, key, b"") for key in keys for _ in range(2)])
        records = read_all(bus, topic)
        assert {(record.key, record.partition) for record in records} == {(key, partition_of(key, 6)) for key in keys}
        assert len(records) == 2 * len(keys)

    def test_order_within_a_partition_is_the_order_of_publishing(self, bus: Bus, topic: str) -> None:
        records = numbered(topic, range(600))
        with producing(bus) as producer:
            for start in range(0, 600, 7):
                producer.publish(records[start : start + 7], Ears())
            producer.flush(LONG)
        read = read_all(bus, topic)
        assert values(read) == list(range(600))
        for number in range(6):
            numbers = [int(record.value) for record in read if record.partition == number]
            assert numbers == sorted(numbers)

    def test_offsets_of_a_partition_are_contiguous(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(100)))
        for partition, span in bus.spans(topic).items():
            read = bus.read(partition, span.first, span.next)
            assert [record.offset for record in read] == list(range(span.first, span.next))

    def test_durable_is_called_once_a_call_and_from_a_thread_of_the_bus(self, bus: Bus, topic: str) -> None:
        threads: list[int] = []
        ears = [Ears() for _ in range(50)]
        with producing(bus) as producer:
            for ear in ears:
                producer.publish(numbered(topic, range(3)), ear)
            producer.publish([], lambda _: threads.append(threading.get_ident()))
            producer.flush(LONG)
        assert [ear.heard for ear in ears] == [[None]] * 50
        assert len(threads) == 1
        assert threads[0] != threading.get_ident()

    def test_records_are_readable_when_durable_is_called(self, bus: Bus, topic: str) -> None:
        spans: list[int] = []
        with producing(bus) as producer:
            producer.publish(
                numbered(topic, range(30)),
                lambda _: spans.append(sum(span.next for span in bus.spans(topic).values())),
            )
            producer.flush(LONG)
        assert spans == [30]

    def test_a_call_may_span_topics_and_is_answered_once(self, bus: Bus, topic: str) -> None:
        other = f"{topic}.other"
        bus.ensure([Topic(other, 1)])
        ears = Ears()
        with producing(bus) as producer:
            producer.publish([Record(topic, b"k", b"1"), Record(other, b"k", b"2")], ears)
            producer.flush(LONG)
        assert ears.heard == [None]
        assert values(read_all(bus, topic) + read_all(bus, other)) == [1, 2]

    def test_a_missing_topic_is_said_and_costs_no_other_record(self, bus: Bus, topic: str) -> None:
        good, bad = Ears(), Ears()
        with producing(bus) as producer:
            producer.publish([Record(f"{topic}.missing", b"k", b"v"), Record(topic, b"k", b"1")], bad)
            producer.publish([Record(topic, b"k", b"2")], good)
            with pytest.raises(BusError):
                producer.flush(LONG)
            producer.publish([Record(topic, b"k", b"3")], good)
            producer.flush(LONG)
        assert [type(error) for error in bad.heard] == [BusError]
        assert good.heard == [None, None]
        assert {2, 3} <= set(values(read_all(bus, topic)))

    def test_a_callback_that_raises_costs_the_others_nothing(self, bus: Bus, topic: str) -> None:
        def fail(error: BusError | None) -> None:
            raise ValueError(error)

        ears = Ears()
        with producing(bus) as producer:
            producer.publish(numbered(topic, range(2)), fail)
            producer.publish(numbered(topic, range(2)), ears)
            producer.flush(LONG)
        assert ears.heard == [None]

    def test_closing_a_producer_makes_what_it_holds_durable(self, bus: Bus, topic: str) -> None:
        ears = Ears()
        producer = bus.producer()
        for record in numbered(topic, range(100)):
            producer.publish([record], ears)
        producer.close()
        assert ears.heard == [None] * 100
        with pytest.raises(BusError):
            producer.publish([], ears)

    def test_what_is_gathered_is_durable_and_in_order_after_its_flush(self, bus: Bus, topic: str) -> None:
        ears = [Ears() for _ in range(20)]
        producer = bus.producer(gathers=True)
        for number, ear in enumerate(ears):
            producer.publish(numbered(topic, range(number * 5, number * 5 + 5)), ear)
        producer.flush(LONG)
        assert [ear.heard for ear in ears] == [[None]] * 20
        for key in range(20):
            own = [int(one.value) for one in read_all(bus, topic) if one.key == b"key %d" % key]
            assert own == list(range(key, 100, 20))
        last = Ears()
        producer.publish(numbered(topic, range(100, 105)), last)
        producer.close()
        assert last.heard == [None]
        assert len(read_all(bus, topic)) == 105
        with pytest.raises(BusError):
            producer.publish([], last)

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
