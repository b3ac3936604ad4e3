"""How conditions and values that the guide tells in words are read (`mappings/guide/readings.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.commands.conformance.rows import Row
from engine.language.document import read_document

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a row asks of its probe beyond its condition: fields to set and to clear, and the value to expect."""

    set: Fields = field(default_factory=dict)
    clear: tuple[str, ...] = ()
    expect: str = ""


@dataclass(frozen=True, slots=True)
class Readings:
    """All readings, and what probe messages hold."""

    context: tuple[str, ...]
    defaults: Mapping[str, Fields]
    narratives: Mapping[str, Reading]
    rows: Mapping[str, Reading]

    def of(self, row: Row) -> Reading:
        """The reading of a row: its own, with that of its condition in words."""
        own, told = self.rows.get(row.id), self.narratives.get(row.narrative)
        if own and told:
            return Reading({**told.set, **own.set}, (*told.clear, *own.clear), own.expect or told.expect)
        return own or told or Reading()


def read_readings(path: Path) -> Readings:
    """The readings of a file; raises Faults where it cannot be read."""
    found: Any = read_document(path).plain()
    return Readings(
        tuple(found["context"]),
        found["defaults"],
        {key: _read(one) for key, one in found["narratives"].items()},
        {key: _read(one) for key, one in found["rows"].items()},
    )


def _read(entry: dict[str, Any]) -> Reading:
    return Reading(entry.get("set", {}), tuple(entry.get("clear", ())), str(entry.get("expect", "")))
