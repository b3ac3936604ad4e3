"""Codes that no table holds, by sender: what the topic `unmapped` tells of a minute."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.bus.record import Record

TOPIC = "unmapped"
MOST_CODES = 100
"""Codes told of one table; more are counted without being told."""

MOST_SEEN = 10_000
"""Codes of one sender and table that are known again; those after them are counted without being told."""

_CODE = re.compile(r"[A-Za-z0-9._-]{1,32}\Z")


@dataclass(slots=True)
class TableCount:
    """How often codes were sent that a table does not hold; those are told that look like codes and like no text."""

    count: int = 0
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, times: int = 1) -> None:
        """Count a code, so many times."""
        self.count += times
        if _CODE.match(code) and (code in self.codes or len(self.codes) < MOST_CODES):
            self.codes[code] += times


class Tally:
    """The counts by facility and table since they were last taken.

    A code is told when a message of other content holds it too, be it long after the first: what one message alone
    holds may be somebody's number in the wrong field, and is only counted.
    """

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, TableCount]] = {}
        self._seen: dict[tuple[str, str], dict[int, int]] = {}
        """By sender and table, the message that held a code first, hash by hash."""
        self._once: dict[tuple[str, str, str], int] = {}

    def add(self, facility: str, misses: Iterable[tuple[str, str]], content: int) -> None:
        """Count what the tables did not hold of one message; `content` tells it from messages of other bytes."""
        tables = self._counts.setdefault(facility, {})
        for (table, code), times in Counter(misses).items():
            found = tables.get(table)
            if found is None:
                found = tables[table] = TableCount()
            seen = self._seen.setdefault((facility, table), {})
            first = seen.get(hash(code), content if len(seen) < MOST_SEEN else None)
            if first is not None and first != content:
                before = self._once.pop((facility, table, code), 0)  # counted already, and told only now
                found.count -= before
                found.add(code, before + times)
                continue
            found.count += times
            if first is not None:
                seen[hash(code)] = first
                once = (facility, table, code)
                self._once[once] = self._once.get(once, 0) + times

    def records(self, now_us: int) -> list[Record]:
        """One record for each facility of which anything was counted."""
        return [encode(facility, counts, now_us) for facility, counts in sorted(self._counts.items())]

    def clear(self) -> None:
        """Begin the counts anew."""
        self._counts.clear()
        self._once.clear()


def encode(facility: str, counts: Mapping[str, TableCount], now_us: int) -> Record:
    """The counts of one facility as a record."""
    tables = {table: {"count": one.count, "codes": dict(one.codes)} for table, one in sorted(counts.items())}
    body = {"facility": facility, "time": now_us, "tables": tables}
    return Record(TOPIC, facility.encode(), orjson.dumps(body))


def decode(record: Record) -> dict[str, Any]:
    """What a record tells: `facility`, `time` and, by table, `count` and `codes`."""
    body: dict[str, Any] = orjson.loads(record.value)
    return body
