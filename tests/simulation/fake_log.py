"""The memory behind a fake bus: what outlives every process that uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.bus.bus import BusError, RecordRefused
from engine.bus.partitioner import partition_of
from engine.bus.record import Partition, Record, Span, Topic


class Member(Protocol):
    """One consumer of a group."""

    topics: Sequence[str]


@dataclass
class Group:
    """The members of a group in the order they came, and what they committed."""

    members: list[Member] = field(default_factory=list)
    committed: dict[Partition, int] = field(default_factory=dict)

    def join(self, member: Member) -> None:
        """Add a member, unless it is one."""
        if member not in self.members:
            self.members.append(member)

    def leave(self, member: Member) -> None:
        """Remove a member that left, died or was thought dead."""
        if member in self.members:
            self.members.remove(member)


@dataclass
class FakeLog:
    """Topics, groups, and what the bus refuses now; only what was flushed is here."""

    now_us: Callable[[], int]
    topics: dict[str, Topic] = field(default_factory=dict)
    records: dict[Partition, list[Record]] = field(default_factory=dict)
    firsts: dict[Partition, int] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    """Topics that take nothing now."""
    refuses: Callable[[Record], bool] = lambda _record: False
    """Whether a record is at fault itself."""

    def ensure(self, topics: Iterable[Topic]) -> None:
        """Create what is missing."""
        for topic in topics:
            if topic.name not in self.topics:
                self.topics[topic.name] = topic
                for partition in self.partitions(topic.name):
                    self.records[partition] = []

    def partitions(self, topic: str) -> list[Partition]:
        """The partitions of a topic; none of one that is missing."""
        count = self.topics[topic].partitions if topic in self.topics else 0
        return [Partition(topic, number) for number in range(count)]

    def span(self, partition: Partition) -> Span:
        """What the partition holds."""
        return Span(self.firsts.get(partition, 0), len(self.records[partition]))

    def store(self, record: Record) -> None:
        """Append a record; raises BusError when its topic is missing or away, or when it is at fault itself."""
        if record.topic not in self.topics or record.topic in self.away:
            raise BusError(f"the topic takes nothing ({record.topic}) - publish again later")
        if self.refuses(record):
            raise RecordRefused("the record is too large - send less")
        number = partition_of(record.key, self.topics[record.topic].partitions)
        held = self.records[Partition(record.topic, number)]
        held.append(record._replace(partition=number, offset=len(held), timestamp=self.now_us() // 1000))

    def group(self, name: str) -> Group:
        """The group of this name."""
        return self.groups.setdefault(name, Group())

    def assigned(self, group: Group, member: Member) -> set[Partition]:
        """The partitions of a member: each belongs to one at a time, and passes on at once when others come or go."""
        if member not in group.members:
            return set()
        everything = sorted(partition for topic in member.topics for partition in self.partitions(topic))
        return set(everything[group.members.index(member) :: len(group.members)])
