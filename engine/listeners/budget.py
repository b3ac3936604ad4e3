"""The memory that all connections of a process share: bytes of messages received and not yet answered.

A connection may always hold a small piece of a frame. A frame that grows beyond `SMALL` must first be given room for
the largest frame there may be, so that every frame that has room can be completed; the others wait, in order, with
their sockets unread. So neither many large frames nor a slow disk make the process grow beyond the limit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

SMALL = 64 << 10
"""Bytes of an unfinished frame that need no room of their own."""

Granted = Callable[[], None]


class Budget:
    """Counts bytes against a limit and lets those wait who would exceed it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._waiting: deque[tuple[int, Granted]] = deque()

    @property
    def used(self) -> int:
        """Bytes taken now."""
        return self._used

    @property
    def full(self) -> bool:
        """True when nobody should read on; what is there already is still finished and answered."""
        return self._used > self._limit

    def take(self, size: int) -> None:
        """Count bytes that are in memory already."""
        self._used += size

    def give(self, size: int) -> None:
        """Count them no more, and let go on whom that makes room for."""
        self._used -= size
        self._grant()

    def ask(self, size: int, granted: Granted) -> bool:
        """Take `size` bytes if there is room; else call `granted` as soon as there is, after those who asked before."""
        if not self._waiting and self._fits(size):
            self._used += size
            return True
        self._waiting.append((size, granted))
        return False

    def withdraw(self, granted: Granted) -> None:
        """Forget a request that is not granted yet; no error when there is none."""
        self._waiting = deque(entry for entry in self._waiting if entry[1] != granted)

    def _grant(self) -> None:
        while self._waiting and self._fits(self._waiting[0][0]):
            size, granted = self._waiting.popleft()
            self._used += size
            granted()

    def _fits(self, size: int) -> bool:
        return self._used == 0 or self._used + size <= self._limit
