"""What came of the messages of each facility, minute by minute: what the transformers tell on the topic `feed_counts`.

A record has all that one process counted so far of one facility and one minute of receipt, under an id of these three.
It comes again with more, or as it was: of one id the last word counts, and different ids add up.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import orjson

from engine.bus.record import Record
from engine.canonical.envelope import own_headers
from engine.canonical.receipt import Outcome
from engine.canonical.version import version

TOPIC = "feed_counts"
TYPE = "FeedCount"
MINUTE_US = 60_000_000
LATE_US = 60 * MINUTE_US
"""A message that was received so long after its own time, or longer, is late."""
NOBODY = "unknown"
"""The facility of records that name none."""


@dataclass(slots=True)
class MinuteCount:
    """The messages of one facility that were received within one minute."""

    received: int = 0
    mapped: int = 0
    ignored: int = 0
    dead: Counter[str] = field(default_factory=Counter)
    """By reason."""
    late: int = 0
    unmapped: int = 0
    """Codes that no table holds."""


class FeedTally:
    """The counts of one process; each is told again until `forget` is told that it is durable and its minute over."""

    def __init__(self, process: str) -> None:
        """`process` is a name that no other process ever has."""
        self._process = process
        self._counts: dict[tuple[str, int], MinuteCount] = {}
        self._changed: set[tuple[str, int]] = set()
        self._told = 0

    def add(self, facility: str, received_us: int, outcome: Outcome, reason: str, *, late: bool, unmapped: int) -> None:
        """Count one message."""
        place = (facility or NOBODY, received_us - received_us % MINUTE_US)
        count = self._counts.get(place)
        if count is None:
            count = self._counts[place] = MinuteCount()
        self._changed.add(place)
        count.received += 1
        count.mapped += outcome is Outcome.MAPPED
        count.ignored += outcome is Outcome.IGNORED
        if outcome is Outcome.DEAD:
            count.dead[str(reason)] += 1
        count.late += late
        count.unmapped += unmapped

    def records(self, now_us: int) -> list[Record]:
        """One record for each minute and facility that has changed since `forget`."""
        self._told += 1
        return [self._record(*place, now_us) for place in sorted(self._changed)]

    def forget(self, now_us: int) -> None:
        """What `records` gave last is durable; minutes of which more may come are counted on."""
        self._changed.clear()
        for place in [place for place in self._counts if place[1] < now_us - KEPT_US]:
            del self._counts[place]

    def _record(self, facility: str, minute_us: int, now_us: int) -> Record:
        count, name = self._counts[facility, minute_us], f"{self._process}/{minute_us}/{facility}"
        body = {
            "resourceType": TYPE,
            "minute": minute_us,
            "received": count.received,
            "mapped": count.mapped,
            "ignored": count.ignored,
            "dead": dict(count.dead),
            "late": count.late,
            "unmapped": count.unmapped,
        }
        stamp = version(None, self._told, now_us, "")
        headers = own_headers(TOPIC, TYPE, name, facility, stamp, now_us)
        return Record(TOPIC, facility.encode(), orjson.dumps(body), headers)


KEPT_US = 60 * MINUTE_US
"""How long a minute may get more messages under its id: as long as a transformer is behind, or messages wait."""


def is_late(received_us: int, stamp: str) -> bool:
    """Whether a message came long after its own time, which its version begins with."""
    return bool(stamp) and received_us - int(stamp[:17]) >= LATE_US
