"""Counts of a simulation: by facility and type, by day, and of notifiable diseases by week and commune."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from engine.city.sendings import Sending
from engine.city.truth import Record

NOBODY = ""
"""The facility of messages that do not tell who sent them."""


class Counts:
    """Counts messages as they are sent, and visits as they end."""

    def __init__(self) -> None:
        self._types: Counter[tuple[str, str, str]] = Counter()
        self._days: Counter[tuple[str, str]] = Counter()
        self._faults: Counter[str] = Counter()
        self._diseases: Counter[tuple[str, str, str]] = Counter()

    def send(self, one: Sending) -> None:
        """Count a message."""
        self._types[one.facility, one.type, one.fate.value] += 1
        self._days[f"{one.sent:%Y-%m-%d}", one.fate.value] += 1
        if one.fault:
            self._faults[one.fault] += 1

    def end(self, record: Record) -> None:
        """Count a visit by its disease, if that is notifiable."""
        values = record.values
        if values.get("deadline"):
            year, week, _ = date.fromisoformat(values["began"][:10]).isocalendar()
            self._diseases[f"{year}-W{week:02d}", values["diagnosis"], values["commune"]] += 1

    @property
    def total(self) -> int:
        """All messages."""
        return self._days.total()

    def as_json(self) -> dict[str, Any]:
        """The counts as nested maps, each in order of its keys."""
        return {
            "messages": self.total,
            "fates": _summed(self._days, 1),
            "faults": dict(sorted(self._faults.items())),
            "facilities": _nested(self._types),
            "days": _nested(self._days),
            "notifiable": _nested(self._diseases),
        }


def _summed(counter: Counter[tuple[str, str]], place: int) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for key, number in counter.items():
        sums[key[place]] += number
    return dict(sorted(sums.items()))


def _nested(counter: Counter[Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for keys, number in sorted(counter.items()):
        inner = nested
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = number
    return nested
