"""What a table of the bus holds: of each key the word that rests on most records, whichever stands last in its log.

A worker that was taken for dead may still write what it knew, after the one that took over. So each word says how far
its writer had read the topics of its partition, and one that rests on less than another counts for nothing. What is
stale so is written anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import orjson

RULES, CASES = "alert_table", "case_table"
"""Topics that hold the logs of the tables, compacted, divided as the topics that are read."""

Plain = dict[str, Any]
Reach = Mapping[str, int]
"""By topic the offset of the last record of the partition that a word may rest on."""


class Entry(NamedTuple):
    """The word on one key: the partition that it stands in, how far it reaches, and what it says."""

    partition: int
    reach: Reach
    plain: Plain

    def value(self) -> bytes:
        """As the log has it."""
        return orjson.dumps({"reach": self.reach, "holds": self.plain}, option=orjson.OPT_SORT_KEYS)


class Changelog:
    """The entries of a table, as its log and its owner tell them."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.stale: set[str] = set()
        """Keys whose last word in the log is not the one that counts."""

    def replay(self, key: str, partition: int, value: bytes | None) -> None:
        """Take a word of the log; none deletes the key."""
        held = self.entries.get(key)
        if not value:
            self.entries.pop(key, None)
            self.stale.discard(key)
            return
        body = orjson.loads(value)
        if held and held.partition == partition and _sum(held.reach) > _sum(body["reach"]):
            self.stale.add(key)
            return
        self.entries[key] = Entry(partition, body["reach"], body["holds"])
        self.stale.discard(key)

    def put(self, key: str, partition: int, plain: Plain | None, reach: Reach) -> Entry | None:
        """Take a word of the owner: the entry to write, None where there is nothing to hold any more."""
        before = self.entries[key].reach if key in self.entries else {}
        self.stale.discard(key)
        if plain is None:
            self.entries.pop(key, None)
            return None
        entry = self.entries[key] = Entry(partition, farther(before, reach), plain)
        return entry

    def of(self, partitions: Collection[int]) -> dict[str, Plain]:
        """What is held of the keys of some partitions."""
        return {key: one.plain for key, one in self.entries.items() if one.partition in partitions}


def farther(one: Reach, other: Reach) -> dict[str, int]:
    """How far two reach together."""
    return {topic: max(one.get(topic, -1), other.get(topic, -1)) for topic in sorted({*one, *other})}


def _sum(reach: Reach) -> int:
    return sum(reach.values())
