"""Whether a connection's socket is read: not while there is any reason against it, and with room for what comes."""

from __future__ import annotations

from asyncio import Transport
from collections.abc import Callable

from engine.listeners.budget import SMALL, Budget

# The reasons, as bits: plain numbers, they are asked for with every message.
BATCH = 1
"""Frames wait until those before them are durable."""
ROOM = 2
"""The bytes in flight of all connections are at their limit."""
PEER = 4
"""The peer does not read its answers."""
OTHERS = 8
"""The connection brought many frames at once, and others have their turn."""
END = 16
"""No more frames are taken."""


class Reading:
    """The reasons that one connection has, and the room that it holds of the budget.

    `largest` is the room for a frame that is no small one; `resumed` is called when a frame that waited may go on.
    """

    __slots__ = ("_asked", "_budget", "_largest", "_resumed", "_room", "_transport", "_why")

    def __init__(self, transport: Transport, budget: Budget, largest: int, resumed: Callable[[], None]) -> None:
        self._transport = transport
        self._budget = budget
        self._largest = largest
        self._resumed = resumed
        self._why = 0
        self._asked = self._room = 0

    @property
    def waits_for_room(self) -> bool:
        """Whether others have what there is."""
        return bool(self._why & ROOM)

    def stop(self, why: int) -> None:
        """Read no more until this reason is gone."""
        if not self._why and not self._transport.is_closing():
            self._transport.pause_reading()
        self._why |= why

    def go_on(self, why: int) -> None:
        """Take the reason away; with the last one, reading goes on."""
        if self._why & why:
            self._why &= ~why
            if not self._why and not self._transport.is_closing():
                self._transport.resume_reading()

    def make_room(self, buffered: int) -> None:
        """Ask before reading on: a frame that grew large for room of its own, any other only while there is none."""
        large = buffered > SMALL
        if self._room and not large:
            self._give_back()
        wanted = self._largest if large and not self._room else 0
        if (wanted or self._budget.full) and not self.waits_for_room:
            self._ask(wanted)

    def leave(self) -> None:
        """Give back what is held or asked for: no more will come."""
        if self.waits_for_room:
            self._why &= ~ROOM
            self._budget.withdraw(self._granted)
        self._give_back()

    def _ask(self, wanted: int) -> None:
        if self._budget.ask(wanted, self._granted):
            self._room += wanted
        else:
            self._asked = wanted
            self.stop(ROOM)

    def _granted(self) -> None:
        self._room += self._asked
        self._resumed()
        self.go_on(ROOM)

    def _give_back(self) -> None:
        room, self._room = self._room, 0
        if room:
            self._budget.give_room(room)
