"""Diseases that are to be notified: the list that a decision gives, found by ICD-10 code, and the deadlines it sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from engine.language.document import Node

HOUR_US = 3_600_000_000
DEADLINES = {"24h": 24 * HOUR_US, "48h": 48 * HOUR_US, "week": 0}
"""Hours from the diagnosis; of a week, before the Wednesday after it."""

COLUMNS = ("deadline", "stt", "disease_vi", "icd10")


class Disease(NamedTuple):
    """One disease of the list, or several that share their codes; `id` is deadline and number: `48h-10`."""

    id: str
    deadline: str
    name: str
    codes: tuple[str, ...]


class Diseases:
    """The diseases of a list by code: of several whose codes a diagnosis begins with, the longest counts."""

    def __init__(self, diseases: Iterable[Disease]) -> None:
        self.all = tuple(diseases)
        self._by_code: Mapping[str, Disease] = {code: one for one in self.all for code in one.codes}
        self._longest = max(map(len, self._by_code), default=0)

    def find(self, code: str) -> Disease | None:
        """The disease of an ICD-10 code, with a point or without."""
        spelled = code if "." in code or len(code) <= _CATEGORY else f"{code[:_CATEGORY]}.{code[_CATEGORY:]}"
        lengths = range(min(len(spelled), self._longest), _CATEGORY - 1, -1)
        return next((one for length in lengths if (one := self._by_code.get(spelled[:length]))), None)


_CATEGORY = 3
"""Characters of a code before its point."""


def read_diseases(rows: Iterable[Node]) -> Diseases:
    """The list as its rows have it; those of the same codes and deadline are one."""
    found: dict[tuple[str, tuple[str, ...]], Disease] = {}
    for row in rows:
        cells = {name: str(node.value) for name, node in row.items() if not isinstance(node.value, list)}
        listed = row.get("icd10")
        codes = tuple(str(one.value) for one in listed.value) if listed and isinstance(listed.value, list) else ()
        deadline, name = cells.get("deadline", ""), cells.get("disease_vi", "")
        held = found.get((deadline, codes))
        if codes and held:
            found[deadline, codes] = held._replace(name=f"{held.name}; {name}")
        elif codes:
            found[deadline, codes] = Disease(f"{deadline}-{cells.get('stt', '')}", deadline, name, codes)
    return Diseases(found.values())


def due_us(deadline: str, diagnosed_us: int, zone: timezone) -> int:
    """By when a diagnosis is to be notified."""
    if deadline != "week":
        return diagnosed_us + DEADLINES[deadline]
    local = datetime.fromtimestamp(diagnosed_us // 1_000_000, zone)
    monday = local.replace(hour=0, minute=0, second=0) - timedelta(days=local.weekday())
    return _micros(monday + timedelta(days=9))


def read_time(text: str, zone: timezone) -> int | None:
    """A dateTime of FHIR; a date alone begins with its day where the reader is."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _micros(found if found.tzinfo else found.replace(tzinfo=zone))


def _micros(moment: datetime) -> int:
    return round((moment - _EPOCH) / timedelta(microseconds=1))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
