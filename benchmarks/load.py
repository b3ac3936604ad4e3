"""The sender of the benchmarks, in a process of its own so that what it costs is not counted as the server's.

`measure` starts one and gives what it saw. Each connection has one message on the way: it sends the next when the
answer has come, at once, or with `rate` when its time has come; the connections take turns, evenly spread. A message
that had to wait because the one before it was late counts from when it was due.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast

import uvloop

from benchmarks.traffic import MIX, frames

END = b"\x1c\r"


class Plan(NamedTuple):
    """What to send: `rate` in messages a second over all connections, 0 for as many as are answered."""

    port: int
    connections: int = 200
    rate: float = 0.0
    warm_up: float = 2.0
    seconds: float = 5.0
    reconnect: bool = False
    """Whether each message has a connection of its own."""
    reports: int = MIX
    """Reports among ten messages."""


class Load(NamedTuple):
    """What was answered while it was measured; times in milliseconds, CPU of the server in microseconds a message."""

    rate: float
    cpu_us: float
    half_ms: float
    most_ms: float
    failed: int


class Tally:
    """What all connections share."""

    def __init__(self, plan: Plan) -> None:
        self.loop = asyncio.get_running_loop()
        self.frames: Iterator[bytes] = frames(plan.reports)
        self.waits: list[float] = []
        self.failed = 0
        self.gap = plan.connections / plan.rate if plan.rate else 0.0
        self.reconnect = plan.reconnect
        self.port = plan.port


class Sender(asyncio.Protocol):
    """One connection that sends a message and waits for its answer, then sends the next."""

    def __init__(self, tally: Tally, due: float) -> None:
        self._tally = tally
        self._frames = tally.frames
        self._waits = tally.waits
        self._gap = tally.gap
        self._due = due
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._write = self._transport.write
        self._tally.loop.call_at(self._due, self._send)

    def _send(self) -> None:
        self._sent = self._due if self._gap else time.monotonic()
        self._write(next(self._frames))

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        if data[-2:] != END:
            self._buffer = data
            return
        now = time.monotonic()
        if b"\rMSA|AA|" in data or b"\rMSA|CA|" in data:
            self._waits.append(now - self._sent)
        else:
            self._tally.failed += 1
        self._buffer = b""
        self._due += self._gap
        if self._tally.reconnect:
            self._transport.abort()
        elif self._gap and self._due > now:
            self._tally.loop.call_at(self._due, self._send)
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._tally.reconnect:
            self._tally.loop.create_task(connect(self._tally, self._due))


async def connect(tally: Tally, due: float) -> None:
    """Open a connection that sends its first message when it is due; again and again until there is one."""
    while True:
        try:
            await tally.loop.create_connection(lambda: Sender(tally, due), "127.0.0.1", tally.port)
        except OSError:
            tally.failed += 1
            await asyncio.sleep(0.1)
        else:
            return


async def send(plan: Plan, pids: Sequence[int]) -> Load:
    """Send as planned to the server of that process id."""
    tally = Tally(plan)
    began = tally.loop.time() + 0.2 + plan.connections * 0.0005
    for number in range(plan.connections):
        await connect(tally, began + number * (tally.gap or 0.2) / plan.connections)
    await asyncio.sleep(plan.warm_up + began - tally.loop.time())
    tally.waits.clear()
    began, cpu = time.perf_counter(), sum(map(cpu_seconds, pids))
    await asyncio.sleep(plan.seconds)
    waits, seconds, used = list(tally.waits), time.perf_counter() - began, sum(map(cpu_seconds, pids)) - cpu
    cuts = statistics.quantiles(waits, n=100) if len(waits) > 1 else [float("nan")] * 99
    count = len(waits) or 1
    return Load(len(waits) / seconds, used / count * 1e6, cuts[49] * 1e3, cuts[98] * 1e3, tally.failed)


def cpu_seconds(pid: int) -> float:
    """Seconds of processor that the process has used, in all of its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(plan: Plan, pids: Sequence[int]) -> Load:
    """Have a process send as planned to the server of those process ids."""
    command = [sys.executable, "-m", "benchmarks.load", json.dumps([*plan]), *map(str, pids)]
    return Load(*json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def main() -> None:
    """Send as the arguments say, and print what was seen as JSON."""
    print(json.dumps(uvloop.run(send(Plan(*json.loads(sys.argv[1])), [int(one) for one in sys.argv[2:]]))))


if __name__ == "__main__":
    main()
