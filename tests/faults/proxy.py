"""A TCP proxy between two parts of the engine, whose connections can be made to fail in every way that networks do."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

T = TypeVar("T")
CHUNK = 65536
IDLE = 0.02
"""Seconds between two looks at a state that keeps bytes back."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How the way is: `up` is from who connects to who is connected to, `down` back."""

    latency: float = 0.0
    """Seconds that each read waits, both ways."""
    bandwidth: float = 0.0
    """Bytes a second, each way; 0 is no limit."""
    slices: int = 0
    """Bytes are sent on in pieces of at most so many, chosen by chance; 0: as they come."""
    up_held: bool = False
    """Nothing goes up: it is read and waits."""
    down_held: bool = False
    """Nothing comes back."""
    down_lost: bool = False
    """What comes back is thrown away, and the connection ended behind it."""
    refuses: bool = False
    """New connections are reset."""


FAIR = Weather()


class FaultProxy:
    """Passes bytes from its own port on to `target`, as the weather lets it; runs in a thread of its own."""

    def __init__(self, target: int, port: int = 0, seed: int = 1) -> None:
        self._target = target
        self._chance = random.Random(seed)
        self._weather = FAIR
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server: asyncio.Server = self._call(asyncio.start_server(self._serve, "127.0.0.1", port))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def turn(self, **weather: Any) -> None:
        """Change the weather, from fair, for connections old and new."""
        self._weather = replace(FAIR, **weather)

    def heal(self) -> None:
        self._weather = FAIR

    def reset(self) -> None:
        """End every connection with RST."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def close(self) -> None:
        self._server.close()
        self.reset()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _reset_all(self) -> None:
        for writer in self._writers:
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._weather.refuses:
            _reset(writer)
            return
        try:
            other_reader, other = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _reset(writer)
            return
        pair = {writer, other}
        self._writers |= pair
        ways = [
            asyncio.ensure_future(self._pass(reader, other, up=True)),
            asyncio.ensure_future(self._pass(other_reader, writer, up=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self._writers -= pair
            for one in pair:
                one.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK):
                await self._wait(len(chunk), up=up)
                if self._weather.down_lost and not up:
                    return
                for piece in self._pieces(chunk):
                    writer.write(piece)
                    await writer.drain()

    async def _wait(self, size: int, *, up: bool) -> None:
        while (self._weather.up_held and up) or (self._weather.down_held and not up):
            await asyncio.sleep(IDLE)
        seconds = self._weather.latency
        seconds += size / self._weather.bandwidth if self._weather.bandwidth else 0.0
        if seconds:
            await asyncio.sleep(seconds)

    def _pieces(self, chunk: bytes) -> list[bytes]:
        most = self._weather.slices
        if not most:
            return [chunk]
        pieces, at = [], 0
        while at < len(chunk):
            size = self._chance.randint(1, most)
            pieces.append(chunk[at : at + size])
            at += size
        return pieces


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: what is on the way is lost on both sides."""
    found: socket.socket | None = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        if found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
