"""Senders of a flood, good and bad, in a process of their own: `python -m tests.listeners.flood KIND PORT JSON`.

It prints what they saw as JSON when all are done.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

import uvloop

from engine.listeners.process import dedicate_process
from tests.listeners.running import framed, message

REST = "PID|1||{number}\r" + "NTE|1||" + "x" * 1000 + "\r"
"""Makes a message of 1.1 KB."""


class Steps(NamedTuple):
    """What the good senders do, together: so many messages a second for so many seconds, then the next step."""

    connections: int
    steps: list[tuple[float, float]]
    """Seconds, and messages a second."""


class Offence(NamedTuple):
    """What each bad sender does: begin a frame, then send `size` bytes every `pause` seconds.

    It goes on until it is closed, or for so many seconds.
    """

    connections: int
    size: int
    pause: float
    seconds: float


class Good(asyncio.Protocol):
    """One connection that sends when its messages are due, one after the other."""

    def __init__(self, due: Iterable[tuple[float, int]], waits: list[float], acknowledged: list[str]) -> None:
        self._due = iter(due)
        self._waits = waits
        self._acknowledged = acknowledged
        self._buffer = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._buffer.endswith(b"\x1c\r"):
            if f"MSA|AA|{self._number}\r".encode() in self._buffer:
                self._waits.append(asyncio.get_running_loop().time() - self._at)
                self._acknowledged.append(str(self._number))
            self._buffer = b""
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _wait(self) -> None:
        self._at, self._number = next(self._due, (0.0, -1))
        if self._number < 0:
            self._transport.close()
        else:
            asyncio.get_running_loop().call_at(self._at, self._send)

    def _send(self) -> None:
        rest = REST.format(number=self._number % 500)
        self._transport.write(framed(message(str(self._number), rest=rest)))


class Bad(asyncio.Protocol):
    """One connection that never ends its frame; notes how long it was let."""

    def __init__(self, offence: Offence, lived: list[float]) -> None:
        self._offence = offence
        self._lived = lived
        self._part = b"x" * offence.size
        self._stuck = False
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._loop.call_later(self._offence.seconds, self._transport.abort)
        self._transport.write(b"\x0b" + message("1")[:40])
        self._go_on()

    def pause_writing(self) -> None:
        self._stuck = True

    def resume_writing(self) -> None:
        self._stuck = False
        self._go_on()

    def eof_received(self) -> None:
        """The listener closes: so does this end."""

    def connection_lost(self, exc: Exception | None) -> None:
        seconds = self._loop.time() - self._began
        if seconds < self._offence.seconds:
            self._lived.append(seconds)
        self.done.set_result(None)

    def _go_on(self) -> None:
        if not (self._transport.is_closing() or self._stuck):
            self._transport.write(self._part)
            self._loop.call_later(self._offence.pause, self._go_on)


async def be_good(port: int, plan: Steps) -> dict[str, Any]:
    """Send as planned; the waits for answers in seconds, from when a message was due, and what was acknowledged."""
    waits, acknowledged = list[float](), list[str]()
    due = _schedule(plan, asyncio.get_running_loop().time() + 1.0)
    shares = [due[one :: plan.connections] for one in range(plan.connections)]
    await _connect(port, [partial(Good, share, waits, acknowledged) for share in shares])
    return {"sent": len(due), "waits": waits, "acknowledged": acknowledged}


def _schedule(plan: Steps, at: float) -> list[tuple[float, int]]:
    due: list[tuple[float, int]] = []
    for seconds, rate in plan.steps:
        due += [(at + number / rate, len(due) + number) for number in range(int(seconds * rate))]
        at += seconds
    return due


async def be_bad(port: int, offence: Offence) -> dict[str, Any]:
    """Send as planned; how long each of those was let that were closed."""
    lived: list[float] = []
    await _connect(port, [partial(Bad, offence, lived)] * offence.connections)
    return {"lived": lived}


async def _connect(port: int, makers: Sequence[Callable[[], Good | Bad]]) -> None:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(maker, "127.0.0.1", port) for maker in makers]
    await asyncio.gather(*(protocol.done for _, protocol in made))


if __name__ == "__main__":
    dedicate_process()
    kind, port, plan = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
    work = be_good(port, Steps(*plan)) if kind == "good" else be_bad(port, Offence(*plan))
    sys.stdout.write(json.dumps(uvloop.run(work)))
