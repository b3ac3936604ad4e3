"""A consumer's membership of its group: it shows itself from a thread of its own, whatever its records take."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from engine.bus.bus import BusError
from engine.bus.embedded.groups import Groups, Member
from engine.bus.record import Partition

MOST_SILENT = 300.0
"""Seconds without a `settle` after which a member counts as stuck and its leases run out (Kafka: max.poll.interval)."""


class Membership:
    """One member of a group, from the making until `leave`."""

    def __init__(self, path: Path, group: str, lease: float) -> None:
        self._path = path
        self._lease = lease
        self._member = Member(group, uuid.uuid4().hex)
        self._groups = Groups(path, lease)
        self._settled = time.monotonic()
        self._left = Event()
        self._heart = Thread(target=self._beat, name=f"heartbeat {group}", daemon=True)
        self._heart.start()

    def settle(self, topics: Mapping[str, int]) -> tuple[frozenset[Partition], frozenset[Partition]]:
        """The partitions kept, and those that came just now."""
        self._settled = time.monotonic()
        return self._groups.settle(self._member, topics)

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Store the next offsets of partitions that are leased to this member."""
        self._groups.commit(self._member, offsets)

    def committed(self) -> dict[Partition, int]:
        """What the group committed."""
        return self._groups.committed(self._member.group)

    def leave(self) -> None:
        """Give all leases back; a second time does nothing."""
        if self._left.is_set():
            return
        self._left.set()
        self._heart.join()
        with suppress(BusError):
            self._groups.leave(self._member)
        self._groups.close()

    def _beat(self) -> None:
        groups = Groups(self._path, self._lease)
        while not self._left.wait(self._lease / 4):
            if time.monotonic() - self._settled < MOST_SILENT:
                with suppress(BusError):
                    groups.renew(self._member)
        groups.close()
