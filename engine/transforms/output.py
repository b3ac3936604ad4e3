"""What each generation of mappings made: its messages counted from the receipts, each message once.

A message that was transformed again under the same generation, after a crash or by a replay, has several receipts;
the most successful one counts, as in the warehouse. The warehouse keeps the newest generation of a message alone, so
that only the topic tells of all.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from engine.bus.record import Record
from engine.canonical import receipt
from engine.canonical.receipt import Outcome, Receipt

BLOCK = 4096
"""Messages whose outcomes stand in one array: four bytes each."""

_NONE, _DEAD, _IGNORED, _MAPPED = range(4)
"""How an outcome is held, the most successful last; a message that was mapped adds its number of events."""


class Output(NamedTuple):
    """What one generation made: messages in all, and of these the mapped, ignored and dead; events of the mapped."""

    messages: int = 0
    mapped: int = 0
    ignored: int = 0
    dead: int = 0
    events: int = 0


class Tally:
    """The receipts counted so far."""

    def __init__(self) -> None:
        self._versions: dict[int, str] = {}
        self._blocks: dict[tuple[int, int, int], array[int]] = {}

    def add(self, records: Iterable[Record]) -> None:
        """Count records of `receipts`; what is none is passed over."""
        for record in records:
            with suppress(ValueError, KeyError):
                self._add(receipt.decode(record))

    @property
    def versions(self) -> dict[int, str]:
        """The version of every generation that made anything."""
        return dict(self._versions)

    def output(self, generation: int) -> Output:
        """What a generation made."""
        held = [one for key, block in self._blocks.items() if key[0] == generation for one in block if one]
        mapped = [one - _MAPPED for one in held if one >= _MAPPED]
        return Output(len(held), len(mapped), held.count(_IGNORED), held.count(_DEAD), sum(mapped))

    def _add(self, found: Receipt) -> None:
        origin = found.origin
        self._versions[origin.generation] = origin.mapping
        key = (origin.generation, origin.raw.partition, origin.raw.offset // BLOCK)
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = array("i", bytes(4 * BLOCK))
        place = origin.raw.offset % BLOCK
        block[place] = max(block[place], _held(found))


def _held(found: Receipt) -> int:
    match found.outcome:
        case Outcome.DEAD:
            return _DEAD
        case Outcome.IGNORED:
            return _IGNORED
        case Outcome.MAPPED:
            return _MAPPED + found.events
