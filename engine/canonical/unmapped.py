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
    """The counts by facility and table since they were last taken."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, TableCount]] = {}

    def add(self, facility: str, misses: Iterable[tuple[str, str]]) -> None:
        """Count what the tables did not hold of one message."""
        for table, code in misses:
            self._counts.setdefault(facility, {}).setdefault(table, TableCount()).add(code)

    def records(self, now_us: int) -> list[Record]:
        """One record for each facility of which anything was counted."""
        return [encode(facility, counts, now_us) for facility, counts in sorted(self._counts.items())]

    def clear(self) -> None:
        """Begin anew."""
        self._counts.clear()


def encode(facility: str, counts: Mapping[str, TableCount], now_us: int) -> Record:
    """The counts of one facility as a record."""
    tables = {table: {"count": one.count, "codes": dict(one.codes)} for table, one in sorted(counts.items())}
    body = {"facility": facility, "time": now_us, "tables": tables}
    return Record(TOPIC, facility.encode(), orjson.dumps(body))


def decode(record: Record) -> dict[str, Any]:
    """What a record tells: `facility`, `time` and, by table, `count` and `codes`."""
    body: dict[str, Any] = orjson.loads(record.value)
    return body
