"""What every bus keeps of what is published."""

from __future__ import annotations

import pytest

from engine.bus.bus import Bus, BusError
from engine.bus.partitioner import partition_of
from engine.bus.record import Record, Topic
from tests.contract.bus_drive import LONG, Ears, numbered, producing, publish, read_all, values


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

    def test_durable_is_called_once_a_call(self, bus: Bus, topic: str) -> None:
        ears = [Ears() for _ in range(50)]
        with producing(bus) as producer:
            for ear in ears[1:]:
                producer.publish(numbered(topic, range(3)), ear)
            producer.publish([], ears[0])
            producer.flush(LONG)
        assert [ear.heard for ear in ears] == [[None]] * 50

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
