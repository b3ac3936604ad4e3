"""Stubborn senders in a thread of their own: each message is sent until it is acknowledged, and each is journaled."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from tests.faults.feed import Sent

AHEAD = 500
"""Messages of a lane that are journaled together, before the first of them is sent."""
PATIENCE = 20.0
"""Seconds that a sender waits for an answer before it connects anew."""


class Senders:
    """One connection a lane over `port`, `rate` messages a second in all, until `finish` and at least `least` of them.

    What is to be sent is on disk, by its hash, before its first byte leaves: `journal` has one line a message.
    """

    def __init__(self, port: int, lanes: Sequence[Iterator[Sent]], journal: Path, rate: float, least: int) -> None:
        self.port = port
        self.answers: dict[tuple[int, int], str] = {}
        """The first two letters of the answer, by lane and number."""
        self.sent: dict[tuple[int, int], Sent] = {}
        self.frames = 0
        self.wrong = 0
        """Answers that name another message than the one sent."""
        self.slowest = 0.0
        self._feeds = lanes
        self._journal = journal.open("w")
        self._rate = rate
        self._least = least
        self._finishing = self._given_up = False
        self._next = 0.0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._send_all()), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """Send no more than what is owed."""
        self._finishing = True

    def give_up(self) -> None:
        """Send nothing any more, whatever is owed."""
        self._given_up = True

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    async def _send_all(self) -> None:
        self._next = time.monotonic()
        await asyncio.gather(*(self._send_lane(lane) for lane in range(len(self._feeds))))

    def _messages(self, lane: int) -> Iterator[Sent]:
        while not (self._finishing and len(self.sent) >= self._least):
            some = list(islice(self._feeds[lane], AHEAD))
            self._journal.writelines(f"{lane} {one.number} {one.sha256} {one.fate}\n" for one in some)
            self._journal.flush()
            os.fsync(self._journal.fileno())
            for one in some:
                if self._finishing and len(self.sent) >= self._least:
                    return
                self.sent[lane, one.number] = one
                yield one

    async def _send_lane(self, lane: int) -> None:
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        for message in self._messages(lane):
            await self._pace()
            while (lane, message.number) not in self.answers and not self._given_up:
                try:
                    connection = connection or await asyncio.open_connection("127.0.0.1", self.port)
                    began = time.monotonic()
                    code = await asyncio.wait_for(self._exchange(*connection, message), PATIENCE)
                    self.slowest = max(self.slowest, time.monotonic() - began)
                    self.answers[lane, message.number] = code
                except (OSError, TimeoutError, asyncio.IncompleteReadError):
                    if connection:
                        connection[1].transport.abort()
                    connection = None
                    await asyncio.sleep(0.1)
        if connection:
            connection[1].close()

    async def _pace(self) -> None:
        now = time.monotonic()
        self._next = max(self._next + 1 / self._rate, now - 1)
        if self._next > now:
            await asyncio.sleep(self._next - now)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: Sent) -> str:
        self.frames += 1
        writer.write(b"\x0b" + message.payload + b"\x1c\r")
        answer = await reader.readuntil(b"\x1c\r")
        line = next(one for one in answer.split(b"\r") if one.startswith(b"MSA"))
        code, named = line.split(b"|")[1:3]
        if named.decode() != message.control_id:
            self.wrong += 1
            raise ConnectionError("the answer names another message")
        return code.decode()
