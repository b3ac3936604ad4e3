"""Very many senders in a process of their own: `python -m tests.listeners.crowd PORT COUNT [CERTIFICATES]`.

Opens the connections, sends one message over each, and holds them until its standard input ends. Prints, as JSON, how
long it took until all were open, how many were, and how many messages were acknowledged.
"""

from __future__ import annotations

import asyncio
import resource
import ssl
import sys
import time
from typing import cast

import orjson
import uvloop

from tests.listeners.running import framed, message

AT_ONCE = 1000
"""Connections that are being opened at one time: a city comes back at once, a kernel has its backlog."""

PER_ADDRESS = 4000
"""Connections from one address of the loopback network, so that ports are enough."""


class Sender(asyncio.Protocol):
    """One connection: its message, and whether it was acknowledged."""

    def __init__(self, number: int) -> None:
        self._payload = framed(message(str(number)))
        self.answered = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self) -> None:
        self._transport.write(self._payload)

    def data_received(self, data: bytes) -> None:
        if not self.answered.done():
            self.answered.set_result(b"\rMSA|AA|" in data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.answered.done():
            self.answered.set_result(False)


def client_context(folder: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=f"{folder}/authority.pem")
    context.load_cert_chain(f"{folder}/sender.pem", f"{folder}/sender.key")
    return context


async def run(port: int, count: int, context: ssl.SSLContext | None) -> None:
    loop, places = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)
    senders = [Sender(number) for number in range(count)]

    async def connect(number: int, sender: Sender) -> bool:
        address = f"127.0.1.{1 + number // PER_ADDRESS}"
        name = "localhost" if context else None
        async with places:
            try:
                await loop.create_connection(
                    lambda: sender, "127.0.0.1", port, ssl=context, server_hostname=name, local_addr=(address, 0)
                )
            except OSError:
                return False
            return True

    began = time.monotonic()
    opened = sum(await asyncio.gather(*(connect(number, one) for number, one in enumerate(senders))))
    seconds = time.monotonic() - began
    for sender in senders:
        sender.send()
    acknowledged = sum(await asyncio.wait_for(asyncio.gather(*(one.answered for one in senders)), 120))
    answered = time.monotonic() - began - seconds
    result = {"opened": opened, "seconds": seconds, "acknowledged": acknowledged, "answered_seconds": answered}
    print(orjson.dumps(result).decode(), flush=True)  # noqa: T201 - the parent reads it
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(run(int(sys.argv[1]), int(sys.argv[2]), client_context(sys.argv[3]) if sys.argv[3:] else None))
