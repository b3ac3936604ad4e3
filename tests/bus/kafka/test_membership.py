"""Members of groups on Kafka: those with a name that stays, and groups that the brokers divide."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from engine.bus.bus import Bus, BusError, Consumer
from engine.bus.kafka.bus import KafkaBus
from engine.bus.kafka.settings import Membership
from engine.bus.record import Record, Topic, next_offsets
from tests.contract.bus_contract import BusContract
from tests.contract.bus_drive import LONG, consuming, drain, hold, numbered, publish
from tests.contract.bus_groups import GroupsContract


class TestGroupsThatBrokersDivide(GroupsContract):
    """The contract of groups, by KIP-848."""

    topic = BusContract.topic

    @pytest.fixture
    def bus(self, kafka_bootstrap: str) -> Iterator[Bus]:
        with KafkaBus(kafka_bootstrap, deadline=3.0, membership=Membership(protocol="consumer")) as bus:
            yield bus

    @pytest.fixture
    def opening(self, kafka_bootstrap: str) -> str:
        imports = "from engine.bus.kafka.bus import KafkaBus\nfrom engine.bus.kafka.settings import Membership\n"
        return (
            f"{imports}bus = KafkaBus({kafka_bootstrap!r}, deadline=3.0, membership=Membership(protocol='consumer'))\n"
        )


def named(bootstrap: str, instance: str, lease: float = 20.0) -> KafkaBus:
    return KafkaBus(bootstrap, deadline=10.0, membership=Membership(lease, instance))


def test_a_member_that_is_back_within_its_lease_goes_on_and_nobody_stops_for_it(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    topic = f"{topic_prefix}topic"
    one, two = named(kafka_bootstrap, "one"), named(kafka_bootstrap, "two")
    one.ensure([Topic(topic, 6)])
    with consuming(two, topic, [topic]) as other:
        with consuming(one, topic, [topic]) as first:
            held, kept = hold([first, other], [3, 3])
        publish(one, numbered(topic, range(60)))
        came: list[Record] = []
        with consuming(one, topic, [topic]) as again:
            until = time.monotonic() + LONG
            while (again.assigned() != held or len(came) < 60) and time.monotonic() < until:
                assert other.assigned() == kept
                came += [*again.poll(100, 0.1), *other.poll(100, 0.1)]
            assert again.assigned() == held
            assert other.assigned() == kept
        assert sorted(int(record.value) for record in came) == list(range(60))


def test_a_member_that_stays_away_is_given_up(kafka_bootstrap: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}topic"
    one, two = named(kafka_bootstrap, "one", 2.0), named(kafka_bootstrap, "two", 2.0)
    one.ensure([Topic(topic, 4)])
    with consuming(two, topic, [topic]) as other:
        with consuming(one, topic, [topic]) as first:
            hold([first, other], [2, 2])
        hold([other], [4])


def test_two_processes_of_one_name_are_told_of(kafka_bootstrap: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}topic"
    bus = named(kafka_bootstrap, "one")
    bus.ensure([Topic(topic, 2)])
    first = bus.consumer(topic, [topic])
    with closing(first):
        hold([first], [2])
        with consuming(bus, topic, [topic]) as second:
            hold([second], [2])
            with pytest.raises(BusError, match=r"bus\.instance"):
                _poll_both(first, second)
            with pytest.raises(BusError, match=r"bus\.instance"):
                first.poll(1, 0)
            publish(bus, numbered(topic, range(10)))
            records = drain(second, 10)
            second.commit(next_offsets(records))


def _poll_both(one: Consumer, other: Consumer) -> None:
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        other.poll(1, 0.1)
        one.poll(1, 0.1)
