"""The contract of `engine.bus.bus`, as one suite: a bus that passes it carries every stage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.bus.bus import Bus
from engine.bus.record import Topic
from tests.contract.bus_crashes import CrashesContract
from tests.contract.bus_groups import GroupsContract
from tests.contract.bus_publishing import PublishingContract
from tests.contract.bus_reading import ReadingContract
from tests.contract.bus_topics import TopicsContract


class BusContract(TopicsContract, PublishingContract, ReadingContract, GroupsContract, CrashesContract):
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
