"""A sender of so many messages, in a process of its own: `python -m benchmarks.feed PORT MESSAGES`.

Admissions over 100 connections, each of which waits for its answer before it sends the next. `feed` starts one and
gives what it saw, in times of the machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import uvloop

from benchmarks.load import END
from benchmarks.traffic import frames

CONNECTIONS = 100


class Fed(NamedTuple):
    """When the first message went out and the last answer came, and how many answers were neither AA nor CA."""

    began: float
    ended: float
    failed: int


def feed(port: int, messages: int) -> Fed:
    """Have a process send so many messages, and return when all of them are answered."""
    command = [sys.executable, "-m", "benchmarks.feed", str(port), str(messages)]
    return Fed(*json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


async def _send(port: int, messages: int) -> Fed:
    waiting = islice(frames(reports=0), messages)
    links = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    began = time.monotonic()
    failed = sum(await asyncio.gather(*(_exchange(reader, writer, waiting) for reader, writer in links)))
    return Fed(began, time.monotonic(), failed)


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, waiting: Iterator[bytes]) -> int:
    """Take messages from those that wait, one after the other; gives how many were not accepted."""
    failed = 0
    for frame in waiting:
        writer.write(frame)
        answer = await reader.readuntil(END)
        failed += b"\rMSA|AA|" not in answer and b"\rMSA|CA|" not in answer
    writer.close()
    return failed


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_send(int(sys.argv[1]), int(sys.argv[2])))))
