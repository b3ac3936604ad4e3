"""The body of a request: read within a deadline and the memory of the listener."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from engine.hl7.framing import HEAD_BYTES, Frame, FrameFault
from engine.listeners.budget import SMALL, Budget
from engine.listeners.clock import Clock
from engine.listeners.exchange import framed, too_large

FLOOR_RATE = 32 << 10
"""Bytes a second that give a body more time than its deadline, so that a large one may come over a slow line."""


class Slow(Exception):
    """The body did not come in time."""


class NoRoom(Exception):
    """There was no memory for the body in time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the bodies of a listener: bytes, seconds for all of one, seconds of waiting for memory."""

    most: int
    deadline: float
    patience: float
    budget: Budget
    clock: Clock


class Body:
    """One body; `stated` is its length as the request's head has it."""

    def __init__(self, receive: Receive, limits: Limits, stated: int | None) -> None:
        self._receive = receive
        self._limits = limits
        self._stated = stated
        self._room = 0
        self._content = bytearray()
        self.over = False
        """Whether all of it was read."""

    async def read(self) -> Frame | FrameFault:
        """The body as a frame, of one that is too large its beginning; raises Slow, NoRoom or ClientDisconnect."""
        began = self._limits.clock.monotonic()
        try:
            while not self.over:
                began += await self._make_room()
                await self._read_on(began)
                if self._is_too_large():
                    return too_large(bytes(self._content[:HEAD_BYTES]))
            return framed(bytes(self._content), self._limits.most)
        finally:
            self._limits.budget.give(self._room)

    async def _read_on(self, began: float) -> None:
        until = began + self._limits.deadline + len(self._content) / FLOOR_RATE
        try:
            message = await asyncio.wait_for(self._receive(), until - self._limits.clock.monotonic())
        except TimeoutError:
            raise Slow from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        self._content += message.get("body", b"")
        self.over = not message.get("more_body", False)

    def _is_too_large(self) -> bool:
        """Of a body that says so itself only its beginning is read."""
        size, most = len(self._content), self._limits.most
        return size > most or ((self._stated or 0) > most and size >= min(HEAD_BYTES, most))

    async def _make_room(self) -> float:
        """Have memory for a body that is not small; the seconds that it was waited for."""
        if self._room or max(len(self._content), self._stated or 0) <= SMALL:
            return 0.0
        size, granted, asked = self._size(), asyncio.Event(), self._limits.clock.monotonic()
        if not self._limits.budget.ask(size, granted.set):
            with suppress(TimeoutError):
                await asyncio.wait_for(granted.wait(), self._limits.patience)
            if not granted.is_set():
                self._limits.budget.withdraw(granted.set)
                raise NoRoom
        self._room = size
        return self._limits.clock.monotonic() - asked

    def _size(self) -> int:
        return min(self._stated if self._stated is not None else self._limits.most, self._limits.most)
