"""A bus in memory: it keeps the contract, loses what was not flushed, and fails where its plan says so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Self

from engine.bus.bus import OffsetOutOfRange, Starting
from engine.bus.record import Partition, Record, Span, Topic
from tests.simulation.fake_consumer import FakeConsumer, View
from tests.simulation.fake_log import FakeLog
from tests.simulation.fake_producer import FakeProducer
from tests.simulation.plan import Plan


class FakeBus:
    """The log as one process sees it."""

    def __init__(self, log: FakeLog, plan: Plan, wait: Callable[[float], None], most: int = 500) -> None:
        self.log = log
        self.plan = plan
        self._view = View(log, plan, wait, most)

    def ensure(self, topics: Iterable[Topic]) -> None:
        self.log.ensure(topics)

    def producer(self, gathers: bool = False) -> FakeProducer:
        return FakeProducer(self.log, self.plan)

    def consumer(self, group: str, topics: Sequence[str], starting: Starting | None = None) -> FakeConsumer:
        return FakeConsumer(self._view, group, topics, starting)

    def topics(self) -> dict[str, int]:
        return {name: topic.partitions for name, topic in self.log.topics.items()}

    def describe(self, names: Collection[str]) -> dict[str, Topic]:
        return {name: self.log.topics[name] for name in names if name in self.log.topics}

    def change(self, topic: Topic) -> None:
        self.log.topics[topic.name] = topic

    def spans(self, topic: str) -> dict[Partition, Span]:
        return {partition: self.log.span(partition) for partition in self.log.partitions(topic)}

    def committed(self, group: str, topic: str) -> dict[Partition, int]:
        return {at: offset for at, offset in self.log.group(group).committed.items() if at.topic == topic}

    def read(self, partition: Partition, first: int, stop: int) -> Iterator[Record]:
        self.plan.reach("read")
        if first < self.log.firsts.get(partition, 0) and first < stop:
            raise OffsetOutOfRange("the records were removed - begin with what is kept")
        return islice(self.log.records.get(partition, ()), first, max(first, stop))

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
