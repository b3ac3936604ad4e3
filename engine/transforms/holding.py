"""Keys whose messages the bus does not take now, while it takes others: each waits alone, in order, for a bounded time.

What waits is a raw record that the topic `held` names, so that the offsets of all others move on, and another
transformer that takes over a partition knows what waits in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

import structlog

from engine.bus.bus import Bus, BusError, Producer, RecordRefused
from engine.bus.elapsed import is_over
from engine.bus.growth import Growth
from engine.bus.pick import pick
from engine.bus.record import Partition, Position, Record
from engine.canonical import held
from engine.canonical.dead import Reason
from engine.canonical.held import Held
from engine.transforms.conversion import Conversion, Converted, bury
from engine.transforms.publishing import deliver_each, publish_all, publish_records

FIRST_PAUSE_US, LONGEST_PAUSE_US = 1_000_000, 60_000_000
AT_ONCE = 500
"""Keys that are tried in one go."""
NOW = (0, 0)
"""When a key is due that was not tried yet, and the pause before that."""

Withhold = Callable[[Sequence[Record], Sequence[Converted], Conversion], list[Converted]]
"""Takes out what must wait for another reason."""

log = structlog.get_logger("transform")


def _all(_records: Sequence[Record], batch: Sequence[Converted], _conversion: Conversion) -> list[Converted]:
    return list(batch)


class HoldLimits(NamedTuple):
    """How long a message waits before it becomes a dead letter, and how many wait before all do."""

    us: int
    most: int


class Holding:
    """What waits in the partitions of one transformer; raises BusError where the bus does not answer."""

    def __init__(
        self,
        bus: Bus,
        producer: Producer,
        limits: HoldLimits,
        now_us: Callable[[], int],
        tell: Callable[[int], None] = lambda _count: None,
    ) -> None:
        """`tell` hears how many wait, whenever that changes."""
        self._bus = bus
        self._producer = producer
        self._limits = limits
        self._now_us = now_us
        self._tell = tell
        self._topic = Growth(bus, held.TOPIC, now_us)
        self._partitions: frozenset[Partition] = frozenset()
        self._waiting: dict[bytes, list[Held]] = {}
        self._due: dict[bytes, tuple[int, int]] = {}

    def take_over(self, partitions: frozenset[Partition]) -> None:
        """Know what waits in the partitions that this transformer has now, also what others let wait there."""
        if partitions == self._partitions and not self._topic.grew():
            return
        self._waiting = {}
        for one in held.read_held(self._topic.read()).values():
            if Partition(one.raw.topic, one.raw.partition) in partitions:
                self._waiting.setdefault(one.key.encode(), []).append(one)
        self._due = {key: due for key, due in self._due.items() if key in self._waiting}
        self._partitions = partitions
        self._told()

    def holds(self, key: bytes) -> bool:
        """Whether messages of this key wait."""
        return key in self._waiting

    def hold(self, records: Collection[Record]) -> None:
        """Let these wait, durable on return; raises BusError too when too many would."""
        known = {one.raw for waiting in self._waiting.values() for one in waiting}
        fresh = [Held(one.position, one.key.decode(), self._now_us()) for one in records if one.position not in known]
        if not fresh:
            return
        if len(known) + len(fresh) > self._limits.most:
            raise BusError(f"too many messages wait for the bus ({len(known):,}) - see which topics it does not take")
        publish_records(self._producer, map(held.encode, fresh))
        for one in fresh:
            self._waiting.setdefault(one.key.encode(), []).append(one)
        log.warning("the bus does not take some messages now, their keys wait", records=len(fresh))
        self._told()

    def retry(self, conversion: Conversion, withhold: Withhold = _all) -> list[Converted]:
        """Try the first message of each key whose time has come; what those came to that wait no longer.

        What `withhold` takes out is not published.
        """
        if not self._waiting:
            return []
        now_us = self._now_us()
        due = [key for key in self._waiting if self._is_due(key, now_us)][:AT_ONCE]
        heads = {self._waiting[key][0].raw: self._waiting[key][0] for key in due}
        records = list(pick(self._bus, heads))
        made = withhold(records, [conversion.convert(record, now_us) for record in records], conversion)
        failed = deliver_each(self._producer, made)
        for place, error in failed.items():
            waiting = heads[records[place].position]
            if isinstance(error, RecordRefused) or now_us - waiting.since_us >= self._limits.us:
                buried = bury(records[place], made[place], str(error), now_us, waiting.attempts + 1)
                (made[place],) = withhold([records[place]], [buried], conversion)
                publish_all(self._producer, [buried])
        ended = [place for place in range(len(made)) if place not in failed or made[place].reason is Reason.BUS]
        self._free(heads.keys() - {records[place].position for place in range(len(made)) if place not in ended})
        for waiting in (heads[records[place].position] for place in range(len(made)) if place not in ended):
            self._postpone(waiting)
        return [made[place] for place in ended]

    def _is_due(self, key: bytes, now_us: int) -> bool:
        due_us, pause_us = self._due.get(key, NOW)
        return is_over(due_us - pause_us, now_us, pause_us)

    def _free(self, positions: Collection[Position]) -> None:
        """Let these wait no longer, durable on return: their keys go on with what follows."""
        if not positions:
            return
        publish_records(self._producer, map(held.encode_freed, positions))
        for key, waiting in list(self._waiting.items()):
            left = [one for one in waiting if one.raw not in positions]
            if len(left) < len(waiting):
                self._due.pop(key, None)
            self._waiting[key] = left
        self._waiting = {key: left for key, left in self._waiting.items() if left}
        self._told()

    def _postpone(self, waiting: Held) -> None:
        key = waiting.key.encode()
        pause = min(max(self._due.get(key, NOW)[1] * 2, FIRST_PAUSE_US), LONGEST_PAUSE_US)
        self._due[key] = (self._now_us() + pause, pause)
        since_us = min(waiting.since_us, self._now_us())  # a clock that was set back lets nothing wait longer
        self._waiting[key][0] = waiting._replace(attempts=waiting.attempts + 1, since_us=since_us)

    def _told(self) -> None:
        self._tell(sum(map(len, self._waiting.values())))


def after_failure(records: Iterable[Record], failed: Collection[Position]) -> list[Record]:
    """The records that failed, and all that follow them under the same keys, in order."""
    keys: set[bytes] = set()
    found = []
    for record in records:
        if record.position in failed:
            keys.add(record.key)
        if record.key in keys:
            found.append(record)
    return found
