"""A bus in memory: it keeps the contract, loses what was not flushed, and fails where its plan says so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from types import TracebackType
from typing import Self

from engine.bus.bus import BusError, Durable, OffsetOutOfRange, Starting
from engine.bus.gaps import Gaps, outside
from engine.bus.record import Partition, Record, Span, Topic
from tests.simulation.fake_log import FakeLog
from tests.simulation.plan import Death, Plan

Call = tuple[Sequence[Record], Durable]


class FakeProducer:
    """Holds what it is handed until it is flushed; a process that dies takes it along."""

    def __init__(self, log: FakeLog, plan: Plan) -> None:
        self._log = log
        self._plan = plan
        self._calls: list[Call] = []
        self._is_closed = False

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        if self._is_closed:
            raise BusError("the producer is closed - open another")
        self._plan.reach("publish")
        self._calls.append((tuple(records), durable))

    def flush(self, timeout: float) -> None:
        calls, self._calls = self._calls, []
        heard = self._write([records for records, _ in calls])
        for (_, durable), failure in zip(calls, heard, strict=True):
            with suppress(Exception):
                durable(failure)
        if failed := [one for one in heard if one]:
            raise BusError(str(failed[0]))

    def lose(self) -> None:
        """Store the first few of what waits, as the plan says, and forget the rest; nobody hears of it."""
        self._keep([records for records, _ in self._calls])
        self._calls = []

    def close(self) -> None:
        if not self._is_closed:
            with suppress(BusError):
                self.flush(0)
        self._is_closed = True

    def _write(self, calls: Sequence[Sequence[Record]]) -> list[BusError | None]:
        """Store the records of these calls; how it ended for each, which need not be how it was."""
        try:
            self._plan.reach("flush")
        except (BusError, Death) as error:
            self._keep(calls)
            if isinstance(error, Death):
                raise
            return [error] * len(calls)
        stored = [self._store(records) for records in calls]
        try:
            self._plan.reach("flushed")
        except BusError as error:
            return [error] * len(calls)
        return stored

    def _keep(self, calls: Iterable[Sequence[Record]]) -> None:
        for record in [record for records in calls for record in records][: self._plan.kept]:
            with suppress(BusError):
                self._log.store(record)

    def _store(self, records: Iterable[Record]) -> BusError | None:
        """Store what can be stored of one call; the first of what went wrong."""
        failed: list[BusError] = []
        for record in records:
            try:
                self._log.store(record)
            except BusError as error:
                failed.append(error)
        return failed[0] if failed else None


class FakeConsumer:
    """Reads what is its own by the group's members now, and learns of changes when it polls."""

    def __init__(self, bus: FakeBus, group: str, topics: Sequence[str], starting: Starting | None) -> None:
        self.topics = topics
        self._bus = bus
        self._log = bus.log
        self._group = bus.log.group(group)
        self._starting = starting
        self._next: dict[Partition, int] = {}
        self._gaps = Gaps()
        self._group.join(self)

    def poll(self, most: int, timeout: float) -> list[Record]:
        self._bus.plan.reach("poll")
        self._group.join(self)
        found = self._take(min(most, self._bus.most))
        if not found:
            self._bus.wait(timeout)
            found = self._take(min(most, self._bus.most))
        self._bus.plan.reach("polled")
        return found

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        self._bus.plan.reach("commit")
        own = self._log.assigned(self._group, self) & self._next.keys()
        self._group.committed.update((at, offset) for at, offset in offsets.items() if at in own)
        self._bus.plan.reach("committed")

    def seek(self, offsets: Mapping[Partition, int]) -> None:
        held = {at: offset for at, offset in offsets.items() if at in self._next}
        self._next.update(held)
        self._gaps.forget(held)

    def assigned(self) -> frozenset[Partition]:
        return frozenset(self._next)

    def close(self) -> None:
        self._group.leave(self)

    def _take(self, most: int) -> list[Record]:
        self._learn()
        found: list[Record] = []
        for partition, offset in sorted(self._next.items()):
            if fault := outside(partition, offset, self._log.span(partition)):
                self._gaps.note(partition, fault)
                continue
            records = self._log.records[partition][offset : offset + most - len(found)]
            self._next[partition] = offset + len(records)
            found += records
        if not found:
            self._gaps.complain()
        return found

    def _learn(self) -> None:
        wanted = self._log.assigned(self._group, self)
        for lost in self._next.keys() - wanted:
            del self._next[lost]
            self._gaps.forget([lost])
        if gained := wanted - self._next.keys():
            known = self._group.committed if self._starting is None else self._starting(gained)
            self._next |= {at: known.get(at, self._log.span(at).first) for at in gained}


class FakeBus:
    """The log as one process sees it."""

    def __init__(self, log: FakeLog, plan: Plan, wait: Callable[[float], None], most: int = 500) -> None:
        """`most` records come in one poll, however many are asked for."""
        self.log = log
        self.plan = plan
        self.wait = wait
        self.most = most

    def ensure(self, topics: Iterable[Topic]) -> None:
        self.log.ensure(topics)

    def producer(self) -> FakeProducer:
        return FakeProducer(self.log, self.plan)

    def consumer(self, group: str, topics: Sequence[str], starting: Starting | None = None) -> FakeConsumer:
        return FakeConsumer(self, group, topics, starting)

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
