"""Routes that say `order: strict`: after a dead letter they get no further event of its key until they are told.

Told is by what people decide about the letter: it is tried again and passes, it is dropped, or its key is released.
All else of the messages flows: other topics, other keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

from engine.bus.bus import Bus, Producer, read_topic
from engine.bus.elapsed import is_over
from engine.bus.growth import Growth
from engine.bus.pick import pick
from engine.bus.record import Partition, Position, Record
from engine.canonical import gaps, resolution
from engine.canonical.gaps import Gap
from engine.canonical.letter import read_resolutions
from engine.transforms.conversion import Conversion, Converted
from engine.transforms.publishing import publish_records

LOOK_US = 2_000_000
"""Between two looks at what was decided, while there are gaps."""


class Withholding:
    """The gaps in the partitions of one transformer; raises BusError where the bus does not answer."""

    def __init__(
        self,
        bus: Bus,
        producer: Producer,
        now_us: Callable[[], int],
        tell: Callable[[int], None] = lambda _count: None,
    ) -> None:
        """`tell` hears from how many messages events are withheld, whenever that changes."""
        self._bus = bus
        self._producer = producer
        self._now_us = now_us
        self._tell = tell
        self._topic = Growth(bus, gaps.TOPIC, now_us)
        self._partitions: frozenset[Partition] = frozenset()
        self._gaps: dict[bytes, list[Gap]] = {}
        self._looked_us = 0

    def take_over(self, partitions: frozenset[Partition]) -> None:
        """Know the gaps of the partitions that this transformer has now, also those that another made meanwhile."""
        if partitions == self._partitions and not self._topic.grew():
            return
        self._gaps = {}
        for gap in gaps.read_gaps(self._topic.read()):
            if Partition(gap.raw.topic, gap.raw.partition) in partitions:
                self._gaps.setdefault(gap.key.encode(), []).append(gap)
        self._partitions = partitions
        self._told()

    def withhold(
        self, records: Sequence[Record], batch: Sequence[Converted], conversion: Conversion
    ) -> list[Converted]:
        """The batch without what must wait; that it waits is durable on return."""
        if not conversion.strict:
            return list(batch)
        made, fresh, passed = list(batch), [], set()
        for place, (record, converted) in enumerate(zip(records, batch, strict=True)):
            if (own := Gap(record.position, _key(record))) in self._gaps.get(record.key, ()) and not converted.reason:
                passed.add(own)  # it made a gap when it was looked at before, and passes now
                continue
            gap = self._find(record, converted, conversion)
            if gap and gap not in self._gaps.get(record.key, ()):
                self._gaps.setdefault(record.key, []).append(gap)
                fresh.append(gap)
            if gap and gap.waits:
                free = tuple(one for one in converted.records if one.topic not in gap.topics)
                made[place] = converted._replace(records=free)
        publish_records(self._producer, map(gaps.encode, fresh))
        if fresh:
            self._told()
        if passed:
            self._close(passed)
        return made

    def go_on(self, conversion: Conversion) -> None:
        """Publish what was withheld, in order, up to the next gap about whose letter nothing is decided."""
        if not self._gaps or not is_over(self._looked_us, self._now_us(), LOOK_US):
            return
        self._looked_us = self._now_us()
        decided = read_resolutions(read_topic(self._bus, resolution.TOPIC))
        closed = [
            one
            for waiting in self._gaps.values()
            for one in takewhile(lambda gap: gap.waits or not conversion.strict or decided.told(gap.raw), waiting)
        ]
        if closed:
            self._publish(conversion, {one.raw: one for one in closed})
            self._close(set(closed))

    def _find(self, record: Record, converted: Converted, conversion: Conversion) -> Gap | None:
        """The gap that a message makes, or the wait that one before it under its key means for it."""
        if converted.reason:
            return Gap(record.position, _key(record))
        before = self._gaps.get(record.key)
        if not before or record.position < before[0].raw:
            return None
        topics = tuple(sorted({one.topic for one in converted.records} & conversion.strict))
        return Gap(record.position, _key(record), topics) if topics else None

    def _publish(self, conversion: Conversion, closed: dict[Position, Gap]) -> None:
        waiting = [one for one in closed.values() if one.waits]
        for record in pick(self._bus, [one.raw for one in waiting]):
            topics = closed[record.position].topics
            made = conversion.convert(record, self._now_us())
            publish_records(self._producer, [one for one in made.records if one.topic in topics])

    def _close(self, closed: set[Gap]) -> None:
        publish_records(self._producer, [gaps.encode_closed(one.raw) for one in closed])
        left = {key: [one for one in waiting if one not in closed] for key, waiting in self._gaps.items()}
        self._gaps = {key: waiting for key, waiting in left.items() if waiting}
        self._told()

    def _told(self) -> None:
        self._tell(sum(one.waits for waiting in self._gaps.values() for one in waiting))


def _key(record: Record) -> str:
    return record.key.decode("utf-8", "replace")
