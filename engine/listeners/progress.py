"""How far one partition is done with, where records are finished in another order than they were read."""

from __future__ import annotations

from collections import deque

from engine.bus.record import Position

REMEMBERED = 2_000
"""Raw records known by their positions: more than a transformer repeats after a crash."""


class Progress:
    """The records of a partition from the offset `start` on; `next` is what may be committed."""

    def __init__(self, start: int) -> None:
        self._read = start
        self._open = deque[int]()
        self._finished = set[int]()
        self._answered: dict[Position, None] = {}

    @property
    def next(self) -> int:
        """The lowest offset that is not finished, or the one to be read next."""
        return self._open[0] if self._open else self._read

    def begin(self, offset: int) -> bool:
        """Take a record up; False for one that was taken up before."""
        if offset < self._read:
            return False
        self._open.append(offset)
        self._read = offset + 1
        return True

    def finish(self, offset: int) -> None:
        """Be done with a record that was taken up."""
        self._finished.add(offset)
        while self._open and self._open[0] in self._finished:
            self._finished.discard(self._open.popleft())

    def is_new(self, raw: Position) -> bool:
        """Whether this raw record is heard of for the first time, among the last ones."""
        if raw in self._answered:
            return False
        self._answered[raw] = None
        if len(self._answered) > REMEMBERED:
            del self._answered[next(iter(self._answered))]
        return True
