"""What a table of the bus holds: of each key the word with the most steps, whichever stands last in its log.

A worker that was taken for dead may still write what it knew, after the one that took over. So each word has the number
of steps that led to it, and one that knows less than another counts for nothing. What is stale so is written anew.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import orjson

Plain = dict[str, Any]


RULES, CASES = "alert_table", "case_table"
"""Topics that hold the logs of the tables, compacted, divided as the topics that are read."""


class Entry(NamedTuple):
    """The word on one key: the partition that it stands in, how many steps led to it, and what it says."""

    partition: int
    steps: int
    plain: Plain

    def value(self) -> bytes:
        """As the log has it."""
        return orjson.dumps({"steps": self.steps, "holds": self.plain}, option=orjson.OPT_SORT_KEYS)


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
        if held and held.partition == partition and held.steps > body["steps"]:
            self.stale.add(key)
            return
        self.entries[key] = Entry(partition, body["steps"], body["holds"])
        self.stale.discard(key)

    def put(self, key: str, partition: int, plain: Plain | None) -> Entry | None:
        """Take a word of the owner: the entry to write, None where there is nothing to hold any more."""
        held = self.entries.get(key)
        self.stale.discard(key)
        if plain is None:
            self.entries.pop(key, None)
            return None
        entry = self.entries[key] = Entry(partition, held.steps + 1 if held else 1, plain)
        return entry

    def of(self, partitions: Collection[int]) -> dict[str, Plain]:
        """What is held of the keys of some partitions."""
        return {key: one.plain for key, one in self.entries.items() if one.partition in partitions}
