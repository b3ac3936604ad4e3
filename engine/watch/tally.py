"""What is known of one facility's feed: counts, and when what happened last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SLOT_US = 300_000_000
SLOTS = 12
"""Slots of five minutes: the hour by which a page tells how much a facility sends."""

_NUMBERS = ("received", "loaded", "late", "dead", "received_us", "loaded_us")


@dataclass(slots=True)
class Tally:
    """One facility, or all those together that the registry does not know."""

    received: int = 0
    loaded: int = 0
    late: int = 0
    """Of those loaded and watched on their way, how many took longer than the objective."""
    dead: int = 0
    received_us: int = 0
    """When it last sent; 0: never."""
    loaded_us: int = 0
    """When the newest of its messages that the warehouse has was received; 0: none has it."""
    types: dict[str, int] = field(default_factory=dict)
    """Of each type of message that is expected of it, when the last one came."""
    _slots: list[int] = field(default_factory=lambda: [0] * SLOTS)
    _slot: int = 0

    def receive(self, at_us: int, type_code: str | None) -> None:
        """Count a message that was accepted at this time."""
        self.received += 1
        self.received_us = max(self.received_us, at_us)
        if type_code is not None:
            self.types[type_code] = max(self.types.get(type_code, 0), at_us)
        slot = at_us // SLOT_US
        self._move(slot)
        if slot > self._slot - SLOTS:
            self._slots[slot % SLOTS] += 1

    def last_hour(self, now_us: int) -> int:
        """How many messages were accepted within the last hour, to five minutes."""
        self._move(now_us // SLOT_US)
        return sum(self._slots)

    def _move(self, slot: int) -> None:
        """Forget what is older than an hour before `slot`."""
        for passed in range(max(self._slot + 1, slot - SLOTS + 1), slot + 1):
            self._slots[passed % SLOTS] = 0
        self._slot = max(self._slot, slot)

    def body(self) -> dict[str, Any]:
        """The tally as JSON; the last hour is not kept."""
        return {"numbers": [getattr(self, name) for name in _NUMBERS], "types": self.types}


def read_tally(body: Mapping[str, Any]) -> Tally:
    """The tally that `body` was made of; raises KeyError, TypeError or ValueError for another."""
    numbers: Sequence[int] = body["numbers"]
    tally = Tally(types={str(code): int(at) for code, at in body["types"].items()})
    for name, number in zip(_NUMBERS, numbers, strict=True):
        setattr(tally, name, int(number))
    return tally
