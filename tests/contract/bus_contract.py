"""The contract of `engine.bus.bus`, as one suite: a bus that passes it carries every stage."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from engine.bus.bus import Bus
from engine.bus.record import Topic
from tests.contract.bus_content import ContentContract
from tests.contract.bus_crashes import CrashesContract
from tests.contract.bus_drive import LONG, numbered, producing
from tests.contract.bus_groups import GroupsContract
from tests.contract.bus_publishing import PublishingContract
from tests.contract.bus_reading import ReadingContract
from tests.contract.bus_topics import TopicsContract


class BusContract(
    TopicsContract, PublishingContract, ContentContract, ReadingContract, GroupsContract, CrashesContract
):
    """Subclass it, and give `bus`, `opening` and `remove`."""

    @pytest.fixture
    def bus(self) -> Iterator[Bus]:
        """The bus under test; a silent consumer's partitions pass on after two seconds."""
        raise NotImplementedError

    @pytest.fixture
    def opening(self) -> str:
        """Python text that makes the same bus as `bus` in another process, under that name."""
        raise NotImplementedError

    @pytest.fixture
    def topic(self, bus: Bus, topic_prefix: str) -> str:
        """A new topic with six partitions; its name also begins the names of further topics and groups of the test."""
        name = f"{topic_prefix}topic"
        bus.ensure([Topic(name, 6)])
        return name

    def test_durable_is_called_from_a_thread_of_the_bus(self, bus: Bus, topic: str) -> None:
        threads: list[int] = []
        with producing(bus) as producer:
            producer.publish([], lambda _: threads.append(threading.get_ident()))
            producer.publish(numbered(topic, range(3)), lambda _: threads.append(threading.get_ident()))
            producer.flush(LONG)
        assert len(threads) == 2
        assert threading.get_ident() not in threads
