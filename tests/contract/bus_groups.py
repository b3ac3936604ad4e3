"""How any bus shares the partitions of a topic among the members of a group."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

from engine.bus.bus import Bus
from engine.bus.record import Partition, Record, Topic
from tests.contract.bus_drive import LONG, consuming, drain, hold, numbered, process, publish, said, values
from tests.rig.process import wait_until

_MEMBER = """
consumer = bus.consumer({group!r}, [{topic!r}])
while True:
    consumer.poll(100, 0.05)
    say(len(consumer.assigned()))
"""

_HUNG = """
from engine.bus.record import Partition
consumer = bus.consumer({group!r}, [{topic!r}])
while len(consumer.assigned()) < 6:
    consumer.poll(100, 0.05)
say("holds")
before = after = time.monotonic()
while after - before < 0.5:
    before = time.monotonic()
    time.sleep(0.02)
    after = time.monotonic()
consumer.commit({{Partition({topic!r}, number): 1 for number in range(6)}})
say("committed")
while True:
    consumer.poll(100, 0.05)
"""


class GroupsContract:
    """Tests of several consumers, for a subclass that gives `bus`, `topic` (6 partitions) and `opening`."""

    def test_two_members_share_the_partitions_fairly(self, bus: Bus, topic: str) -> None:
        with consuming(bus, topic, [topic]) as one, consuming(bus, topic, [topic]) as two:
            first, second = hold([one, two], [3, 3])
            assert first | second == {Partition(topic, number) for number in range(6)}
            publish(bus, numbered(topic, range(100)))
            records: list[Record] = []
            until = time.monotonic() + LONG
            while len(records) < 100 and time.monotonic() < until:
                for consumer, partitions in ((one, first), (two, second)):
                    came = consumer.poll(100, 0.05)
                    assert {Partition(topic, record.partition) for record in came} <= partitions
                    records += came
        assert values(records) == list(range(100))

    def test_more_members_than_partitions_leave_some_idle(self, bus: Bus, topic: str) -> None:
        single = f"{topic}.single"
        bus.ensure([Topic(single, 1)])
        with consuming(bus, topic, [single]) as one:
            hold([one], [1])
            with consuming(bus, topic, [single]) as two:
                two.poll(1, 0.5)
                assert two.assigned() == frozenset()
                one.close()
                hold([two], [1])

    def test_a_member_that_leaves_is_followed_where_it_committed(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(120)))
        with consuming(bus, topic, [topic]) as two, ExitStack() as stack:
            one = stack.enter_context(consuming(bus, topic, [topic]))
            held, _ = hold([one, two], [3, 3])
            one.commit(dict.fromkeys(held, 4))
            stack.close()
            records: list[Record] = []
            hold([two], [6], records)
            two.seek(dict.fromkeys(two.assigned() - held, 0))
            records += drain(two, 1)
            while came := two.poll(500, 0.5):
                records += came
        assert [_first(records, partition) for partition in sorted(held)] == [4, 4, 4]

    def test_a_commit_of_lost_partitions_is_ignored(self, bus: Bus, topic: str) -> None:
        publish(bus, numbered(topic, range(120)))
        everything = [Partition(topic, number) for number in range(6)]
        with consuming(bus, topic, [topic]) as one, ExitStack() as stack:
            hold([one], [6])
            one.commit(dict.fromkeys(everything, 1))
            two = stack.enter_context(consuming(bus, topic, [topic]))
            kept, lost = hold([one, two], [3, 3])
            one.commit(dict.fromkeys(everything, 2))
            two.commit(dict.fromkeys(lost, 3))
            one.commit(dict.fromkeys(everything, 4))
            for consumer in (one, two, one, two):
                consumer.poll(1, 0.05)
            assert bus.committed(topic, topic) == {**dict.fromkeys(kept, 4), **dict.fromkeys(lost, 3)}

    def test_a_member_that_dies_is_followed(self, bus: Bus, topic: str, opening: str, tmp_path: Path) -> None:
        member = process(tmp_path / "member.log", opening, _MEMBER.format(group=topic, topic=topic))
        try:
            wait_until(lambda: said(member)[-1:] == ["6"], "a member with all partitions", LONG)
            with consuming(bus, topic, [topic]) as consumer:
                hold([consumer], [3])
                member.kill9()
                hold([consumer], [6])
                publish(bus, numbered(topic, range(20)))
                assert values(drain(consumer, 20)) == list(range(20))
        finally:
            member.stop()

    def test_a_member_that_hung_is_followed_and_its_commit_ignored(
        self, bus: Bus, topic: str, opening: str, tmp_path: Path
    ) -> None:
        publish(bus, numbered(topic, range(120)))
        member = process(tmp_path / "member.log", opening, _HUNG.format(group=topic, topic=topic))
        try:
            wait_until(lambda: "holds" in said(member), "a member with all partitions", LONG)
            member.pause()
            with consuming(bus, topic, [topic]) as consumer:
                hold([consumer], [6])
                consumer.commit({Partition(topic, number): 3 for number in range(6)})
                member.resume()
                wait_until(lambda: "committed" in said(member), "the commit of the member that hung", LONG)
                hold([consumer], [3])
                assert set(bus.committed(topic, topic).values()) == {3}
        finally:
            member.stop()


def _first(records: list[Record], partition: Partition) -> int:
    return min(record.offset for record in records if record.partition == partition.number)
