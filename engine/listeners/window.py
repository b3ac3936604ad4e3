"""The window of recent messages: a resent one gets the answer that the first got, and is not stored again.

Two frames are one message when facility, MSH-3, MSH-4, MSH-10 and the bytes agree. The window is bounded, so it only
spares work and answers alike; that a message counts once is settled by its message key in the warehouse.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from enum import Enum, auto


class Sighting(Enum):
    """How a message stands to those of the window."""

    FIRST = auto()
    AGAIN = auto()
    """The same message."""
    REUSED = auto()
    """Another message under the control id of one in the window."""


class Seen:
    """A message of the window: its answer once it is durable, and until then who else waits for that."""

    __slots__ = ("_waiting", "durable", "identity", "message_key", "reply")

    def __init__(self, identity: bytes, message_key: str) -> None:
        self.identity = identity
        self.message_key = message_key
        self.reply = b""
        self.durable = False
        self._waiting: list[Callable[[], None]] | None = None

    def wait(self, tell: Callable[[], None]) -> None:
        """Have `tell` called when the message is durable, for who got it again before that."""
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(tell)

    def settle(self) -> None:
        """Note that the message is durable, and tell those who wait for that."""
        self.durable = True
        waiting, self._waiting = self._waiting, None
        for tell in waiting or ():
            tell()


class Window:
    """The last `size` messages, by message key, and who sent them under which control id."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._newest: dict[bytes, Seen] = {}
        """By identity: the newest message of the window under that control id."""

    def __len__(self) -> int:
        return len(self._seen)

    def see(self, identity: bytes, message_key: str) -> tuple[Sighting, Seen]:
        """Find the message, or enter it as the newest; `identity` is facility, MSH-3, MSH-4 and MSH-10."""
        seen, newest = self._seen, self._newest
        found = seen.get(message_key)
        if found:
            seen.move_to_end(message_key)
            return Sighting.AGAIN, found
        sighting = Sighting.REUSED if identity in newest else Sighting.FIRST
        entered = seen[message_key] = newest[identity] = Seen(identity, message_key)
        if len(seen) > self._size:
            _, oldest = seen.popitem(last=False)
            if newest.get(oldest.identity) is oldest:
                del newest[oldest.identity]
        return sighting, entered

    def forget(self, seen: Seen) -> None:
        """Take out a message that could not be stored."""
        if self._seen.get(seen.message_key) is seen:
            del self._seen[seen.message_key]
        if self._newest.get(seen.identity) is seen:
            del self._newest[seen.identity]
