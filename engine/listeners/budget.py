"""The memory that all connections of a process share: bytes of messages received and not yet answered.

A connection may always hold a small piece of a frame. A frame that grows beyond `SMALL` must first be given room for
the largest frame there may be, so that every frame that has room can be completed; the others wait, in order, with
their sockets unread. So neither many large frames nor a slow disk make the process grow beyond the limit. Large frames
share half of it: who sends none never waits for those who do, however slowly they send.
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
        self._messages = 0
        self._rooms = 0
        self._large: deque[tuple[int, Granted]] = deque()
        self._small: deque[Granted] = deque()

    @property
    def used(self) -> int:
        """Bytes taken now."""
        return self._messages + self._rooms

    @property
    def full(self) -> bool:
        """True when nobody should read on; what is there already is still finished and answered."""
        return self._messages + self._rooms > self._limit

    def take(self, size: int) -> None:
        """Count bytes of messages, which are in memory already."""
        self._messages += size

    def give(self, size: int) -> None:
        """Count them no more, and let go on whom that makes room for."""
        self._messages -= size
        self._grant()

    def ask(self, size: int, granted: Granted) -> bool:
        """Ask for room for a large frame, or with 0 only to read on.

        True if it is granted at once; else `granted` is called as soon as it is, after those who asked for the same.
        """
        if size and not self._large and self._fits(size):
            self._rooms += size
            return True
        if not size and not self.full:
            return True
        if size:
            self._large.append((size, granted))
        else:
            self._small.append(granted)
        return False

    def give_room(self, size: int) -> None:
        """Give back room that was granted, and let go on whom that makes room for."""
        self._rooms -= size
        self._grant()

    def withdraw(self, granted: Granted) -> None:
        """Forget a request that is not granted yet; no error when there is none."""
        self._large = deque(entry for entry in self._large if entry[1] != granted)
        self._small = deque(entry for entry in self._small if entry != granted)

    def _grant(self) -> None:
        while self._small and not self.full:
            self._small.popleft()()
        while self._large and self._fits(self._large[0][0]):
            size, granted = self._large.popleft()
            self._rooms += size
            granted()

    def _fits(self, size: int) -> bool:
        share = max(self._limit // 2, size)
        return self.used == 0 or (self._rooms + size <= share and self.used + size <= self._limit)
