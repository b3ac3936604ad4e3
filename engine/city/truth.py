"""The truth: what is so in the city as far as its messages told, thing by thing, to compare a warehouse with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

Kind = Literal["patients", "visits", "orders", "prescriptions", "documents", "appointments", "vaccinations", "charges"]
KINDS: tuple[Kind, ...] = (
    "patients",
    "visits",
    "orders",
    "prescriptions",
    "documents",
    "appointments",
    "vaccinations",
    "charges",
)
Values = Mapping[str, Any]


class Record:
    """One thing of a facility, named by `key`; of several sayings about a value the one of the latest event stands."""

    __slots__ = ("_when", "facility", "key", "kind", "values")

    def __init__(self, kind: Kind, facility: str, key: str) -> None:
        self.kind: Kind = kind
        self.facility = facility
        self.key = key
        self.values: dict[str, Any] = {}
        self._when: dict[str, datetime] = {}

    def say(self, when: datetime, values: Values) -> None:
        """A message told this; `when` is the time of its event."""
        for name, value in values.items():
            if name not in self._when or self._when[name] <= when:
                self.values[name], self._when[name] = value, when

    def line(self) -> dict[str, Any]:
        """The record as it is written."""
        return {"facility": self.facility, "number": self.key, **self.values}


class Case:
    """Something that takes time, such as a visit: its records are finished once nothing of it is still to come."""

    __slots__ = ("_finished", "_open", "latest", "records")

    def __init__(self, finished: Callable[[Case], None], began: datetime) -> None:
        self._finished = finished
        self._open = 0
        self.latest = began
        self.records: list[Record] = []

    def record(self, kind: Kind, facility: str, key: str) -> Record:
        """A new record that is finished with the case."""
        made = Record(kind, facility, key)
        self.records.append(made)
        return made

    def hold(self) -> None:
        """Something of it is to come: a step, or a message on its way."""
        self._open += 1

    def release(self) -> None:
        """What was to come has come."""
        self._open -= 1
        if not self._open:
            self._finished(self)
