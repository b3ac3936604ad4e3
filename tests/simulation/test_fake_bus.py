"""The fake bus keeps the contract, as far as one process can tell."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from engine.bus.bus import Bus
from engine.bus.record import Partition, Topic
from tests.contract.bus_groups import GroupsContract
from tests.contract.bus_publishing import PublishingContract
from tests.contract.bus_reading import ReadingContract
from tests.contract.bus_topics import TopicsContract
from tests.simulation.fake_bus import FakeBus
from tests.simulation.fake_log import FakeLog
from tests.simulation.plan import Plan


class FakeBusContract(TopicsContract, PublishingContract, ReadingContract, GroupsContract):
    """The contract without other processes, of which the fake has none."""

    test_a_member_that_dies_is_followed = None  # type: ignore[assignment]  # no other processes
    test_a_member_that_hung_is_followed_and_its_commit_ignored = None  # type: ignore[assignment]  # the same


class TestFakeBus(FakeBusContract):
    @pytest.fixture
    def bus(self) -> Iterator[Bus]:
        with FakeBus(FakeLog(lambda: time.time_ns() // 1000), Plan(), time.sleep) as bus:
            yield bus

    @pytest.fixture
    def topic(self, bus: Bus, topic_prefix: str) -> str:
        name = f"{topic_prefix}topic"
        bus.ensure([Topic(name, 6)])
        return name

    def remove(self, bus: Bus, partition: Partition, before: int) -> None:
        assert isinstance(bus, FakeBus)
        bus.log.firsts[partition] = before
