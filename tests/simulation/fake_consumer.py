"""The way out of a fake bus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from engine.bus.bus import Starting
from engine.bus.gaps import Gaps, outside
from engine.bus.record import Partition, Record
from tests.simulation.fake_log import FakeLog
from tests.simulation.plan import Plan


class View(NamedTuple):
    """The log as one process sees it; `most` records come in one poll, however many are asked for."""

    log: FakeLog
    plan: Plan
    wait: Callable[[float], None]
    most: int


class FakeConsumer:
    """Reads what is its own by the group's members now, and learns of changes when it polls."""

    def __init__(self, view: View, group: str, topics: Sequence[str], starting: Starting | None) -> None:
        self.topics = topics
        self._view = view
        self._log = view.log
        self._group = view.log.group(group)
        self._starting = starting
        self.next: dict[Partition, int] = {}
        """The partitions held, and where it reads on in each."""
        self._gaps = Gaps()
        self._group.join(self)

    def poll(self, most: int, timeout: float) -> list[Record]:
        self._view.plan.reach("poll")
        self._group.join(self)
        found = self._take(min(most, self._view.most))
        if not found:
            self._view.wait(timeout)
            found = self._take(min(most, self._view.most))
        self._view.plan.reach("polled")
        return found

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        self._view.plan.reach("commit")
        own = self._log.assigned(self._group, self) & self.next.keys()
        self._group.committed.update((at, offset) for at, offset in offsets.items() if at in own)
        self._view.plan.reach("committed")

    def seek(self, offsets: Mapping[Partition, int]) -> None:
        held = {at: offset for at, offset in offsets.items() if at in self.next}
        self.next.update(held)
        self._gaps.forget(held)

    def assigned(self) -> frozenset[Partition]:
        return frozenset(self.next)

    def close(self) -> None:
        self._group.leave(self)

    def _take(self, most: int) -> list[Record]:
        self._learn()
        found: list[Record] = []
        for partition, offset in sorted(self.next.items()):
            if fault := outside(partition, offset, self._log.span(partition)):
                self._gaps.note(partition, fault)
                continue
            records = self._log.records[partition][offset : offset + most - len(found)]
            self.next[partition] = offset + len(records)
            found += records
        if not found:
            self._gaps.complain()
        return found

    def _learn(self) -> None:
        wanted = self._log.assigned(self._group, self)
        for lost in self.next.keys() - wanted:
            del self.next[lost]
            self._gaps.forget([lost])
        if gained := wanted - self.next.keys():
            known = self._group.committed if self._starting is None else self._starting(gained)
            self.next |= {at: known.get(at, self._log.span(at).first) for at in gained}
