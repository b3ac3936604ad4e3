"""What a consumer of any bus reads, and where it begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import pytest

from engine.bus.bus import Bus, OffsetOutOfRange
from engine.bus.record import Partition, Record, Span, Topic
from tests.contract.bus_drive import LONG, consuming, drain, numbered, publish, read_all, values


class ReadingContract:
    """Tests of one consumer, for a subclass that gives `bus`, `topic` (6 partitions) and `remove`."""

    def remove(self, bus: Bus, partition: Partition, before: int) -> None:
        """Make the bus forget the records of a partition before an offset."""
        raise NotImplementedError

    def test_a_new_group_starts_at_the_oldest_record(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(50)))
        with consuming(bus, topic, [topic]) as consumer:
            assert values(drain(consumer, 50)) == list(range(50))

    def test_a_consumer_reads_what_comes_while_it_polls(self, bus: Bus, topic: str) -> None:
        with consuming(bus, topic, [topic]) as consumer:
            assert consumer.poll(10, 0.2) == []
            for start in range(0, 30, 10):
                publish(bus, numbered(topic, range(start, start + 10)))
                assert values(drain(consumer, 10)) == list(range(start, start + 10))

    def test_ten_thousand_records_come_once_each_and_in_order(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(10_000), keys=100))
        with consuming(bus, topic, [topic]) as consumer:
            records = drain(consumer, 10_000)
        assert values(records) == list(range(10_000))
        for number in range(6):
            offsets = [record.offset for record in records if record.partition == number]
            assert offsets == list(range(len(offsets)))

    def test_a_group_goes_on_where_it_committed(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(60)))
        with consuming(bus, topic, [topic]) as consumer:
            records = drain(consumer, 60)
            consumer.commit({Partition(topic, number): 2 for number in range(6)})
        assert bus.committed(topic, topic) == {Partition(topic, number): 2 for number in range(6)}
        with consuming(bus, topic, [topic]) as consumer:
            again = drain(consumer, 60 - 12)
        assert values(again) == values(record for record in records if record.offset >= 2)

    def test_what_was_not_committed_comes_again(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(20)))
        for _ in range(2):
            with consuming(bus, topic, [topic]) as consumer:
                assert values(drain(consumer, 20)) == list(range(20))

    def test_groups_do_not_know_of_each_other(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(20)))
        with consuming(bus, f"{topic}.one", [topic]) as one, consuming(bus, f"{topic}.two", [topic]) as two:
            assert values(drain(one, 20)) == values(drain(two, 20)) == list(range(20))
            one.commit({Partition(topic, 0): 1})
        assert bus.committed(f"{topic}.two", topic) == {}

    def test_a_consumer_reads_several_topics(self, bus: Bus, topic: str) -> None:
        other = f"{topic}.other"
        bus.ensure([Topic(other, 2)])
        publish(bus, numbered(topic, range(30)) + numbered(other, range(30, 60)))
        with consuming(bus, topic, [topic, other]) as consumer:
            assert values(drain(consumer, 60)) == list(range(60))
            consumer.commit({Partition(topic, 1): 1, Partition(other, 1): 1})
        assert bus.committed(topic, other) == {Partition(other, 1): 1}

    def test_a_topic_created_later_is_read_from_its_oldest_record(self, bus: Bus, topic: str) -> None:
        late = f"{topic}.late"
        with consuming(bus, topic, [topic, late]) as consumer:
            publish(bus, numbered(topic, range(5)))
            assert values(drain(consumer, 5)) == list(range(5))
            bus.ensure([Topic(late, 2)])
            publish(bus, numbered(late, range(7)))
            assert values(drain(consumer, 7)) == list(range(7))

    def test_starting_decides_instead_of_the_commits(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(120)))
        with consuming(bus, topic, [topic]) as consumer:
            drain(consumer, 120)
            consumer.commit({Partition(topic, number): 5 for number in range(6)})
        asked: set[Partition] = set()

        def starting(partitions: Iterable[Partition]) -> Mapping[Partition, int]:
            asked.update(partitions)
            return {Partition(topic, 0): 3, Partition(topic, 1): 0}

        with consuming(bus, topic, [topic], starting) as consumer:
            records = drain(consumer, 117)
        assert asked == {Partition(topic, number) for number in range(6)}
        firsts = {number: min(record.offset for record in records if record.partition == number) for number in range(6)}
        assert firsts == {0: 3, 1: 0, 2: 0, 3: 0, 4: 0, 5: 0}

    def test_starting_that_fails_is_asked_again(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(12)))
        answers = [False, False, True]

        def starting(partitions: Iterable[Partition]) -> Mapping[Partition, int]:
            if not answers.pop(0):
                raise ConnectionError("the warehouse is away")
            return {}

        with consuming(bus, topic, [topic], starting) as consumer:
            for _ in range(2):
                with pytest.raises(ConnectionError):
                    drain(consumer, 1)
            assert values(drain(consumer, 12)) == list(range(12))

    def test_seek_goes_back_and_forth(self, bus: Bus, topic: str) -> None:
        publish(bus, [Record(topic, b"k", b"%d" % number) for number in range(100)])
        (partition,) = (partition for partition, span in bus.spans(topic).items() if span.next)
        with consuming(bus, topic, [topic]) as consumer:
            drain(consumer, 100)
            for offset in (40, 0, 99, 40):
                consumer.seek({partition: offset, Partition("another", 0): 1})
                assert [record.offset for record in drain(consumer, 100 - offset)] == list(range(offset, 100))

    def test_seek_drops_what_was_fetched_before(self, bus: Bus, topic: str) -> None:
        publish(bus, [Record(topic, b"k", b"%d" % number) for number in range(1000)])
        (partition,) = (partition for partition, span in bus.spans(topic).items() if span.next)
        with consuming(bus, topic, [topic]) as consumer:
            for _ in range(5):
                assert [record.offset for record in _some(consumer.poll, 10)] == list(range(10))
                consumer.seek({partition: 0})

    def test_poll_gives_at_most_what_is_asked_for_and_soon(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(100)))
        with consuming(bus, topic, [topic]) as consumer:
            assert 1 <= len(_some(consumer.poll, 7)) <= 7
            began = time.monotonic()
            assert len(consumer.poll(50, 10.0)) <= 50
            assert time.monotonic() - began < 5

    def test_poll_without_records_waits_as_long_as_it_may(self, bus: Bus, topic: str) -> None:
        with consuming(bus, topic, [topic]) as consumer:
            consumer.poll(1, 1.0)
            began = time.monotonic()
            assert consumer.poll(10, 0.3) == []
            assert 0.25 < time.monotonic() - began < 10

    def test_records_removed_before_they_were_read_are_said_aloud(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(120)))
        gone, other = Partition(topic, 0), Partition(topic, 1)
        with consuming(bus, topic, [topic]) as consumer:
            drain(consumer, 120)
            consumer.commit({Partition(topic, number): 1 for number in range(6)})
        self.remove(bus, gone, 3)
        with consuming(bus, topic, [topic]) as consumer:
            seen, errors = _until_error(consumer.poll)
            assert str(gone.number) in errors[0]
            consumer.seek({gone: 3})
            seen += drain(consumer, 120 - 8 - len(seen))
        assert min(record.offset for record in seen if record.partition == gone.number) == 3
        assert min(record.offset for record in seen if record.partition == other.number) == 1

    def test_an_offset_beyond_the_end_is_said_aloud(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(60)))
        with (
            consuming(bus, topic, [topic], lambda _: {Partition(topic, 0): 5000}) as consumer,
            pytest.raises(OffsetOutOfRange),
        ):
            drain(consumer, 60)

    def test_a_new_group_starts_at_the_oldest_record_kept(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(120)))
        self.remove(bus, Partition(topic, 0), 4)
        with consuming(bus, topic, [topic]) as consumer:
            records = drain(consumer, 116)
        assert min(record.offset for record in records if record.partition == 0) == 4

    def test_spans_say_what_is_kept(self, bus: Bus, topic: str) -> None:
        assert set(bus.spans(topic).values()) == {Span(0, 0)}
        publish(bus, numbered(topic, range(120)))
        first = Partition(topic, 0)
        following = bus.spans(topic)[first].next
        self.remove(bus, first, 2)
        assert bus.spans(topic)[first] == Span(2, following)
        assert sum(span.next for span in bus.spans(topic).values()) == 120
        assert bus.spans(f"{topic}.missing") == {}

    def test_committed_knows_only_what_was_committed(self, bus: Bus, topic: str) -> None:
        assert bus.committed(topic, topic) == {}
        with consuming(bus, topic, [topic]) as consumer:
            consumer.poll(1, 1.0)
            consumer.commit({Partition(topic, 3): 7})
            assert bus.committed(topic, topic) == {Partition(topic, 3): 7}

    def test_read_gives_a_range_outside_any_group(self, bus: Bus, topic: str) -> None:
        publish(bus, [Record(topic, b"k", b"%d" % number) for number in range(1200)])
        (partition,) = (partition for partition, span in bus.spans(topic).items() if span.next)
        for first, stop in ((0, 1200), (5, 6), (700, 5000), (1200, 1300), (6, 6), (9, 3)):
            offsets = [record.offset for record in bus.read(partition, first, stop)]
            assert offsets == list(range(first, min(stop, 1200)))
        assert list(bus.read(Partition(topic, 99), 0, 10)) == []
        assert list(bus.read(Partition(f"{topic}.missing", 0), 0, 10)) == []

    def test_read_of_removed_records_is_refused(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(120)))
        self.remove(bus, Partition(topic, 0), 4)
        with pytest.raises(OffsetOutOfRange):
            list(bus.read(Partition(topic, 0), 3, 6))
        assert [record.offset for record in bus.read(Partition(topic, 0), 4, 6)] == [4, 5]

    def test_record_positions_read_back_the_same_records(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(20)))
        for record in read_all(bus, topic):
            partition = Partition(record.position.topic, record.position.partition)
            assert list(bus.read(partition, record.offset, record.offset + 1)) == [record]


Poll = Callable[[int, float], list[Record]]


def _some(poll: Poll, most: int) -> list[Record]:
    """Poll until something comes, then until there are `most` or no more."""
    until = time.monotonic() + LONG
    records: list[Record] = []
    while len(records) < most and time.monotonic() < until:
        records += poll(most - len(records), 0.1)
    return records


def _until_error(poll: Poll) -> tuple[list[Record], list[str]]:
    """What poll gives until it has raised OffsetOutOfRange twice, and what it said."""
    until = time.monotonic() + LONG
    records: list[Record] = []
    errors: list[str] = []
    while len(errors) < 2 and time.monotonic() < until:
        try:
            records += poll(500, 0.1)
        except OffsetOutOfRange as error:
            errors.append(str(error))
    assert len(errors) == 2
    return records, errors
