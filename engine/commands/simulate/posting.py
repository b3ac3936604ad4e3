"""Sending simulated messages over MLLP: what a facility sends keeps its order, and memory its bounds."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

from engine.city.sendings import Sending
from engine.listeners.client import Client
from engine.listeners.messages import Outgoing
from engine.listeners.sending import Line, Pace, Result, deliver, reach

WAITING = 64
"""Messages that wait for a connection."""

Waiting = asyncio.Queue[Sending | None]


@dataclass(slots=True)
class Answers:
    """What came back: how many messages got each code (MSA-1), and how many ended in each way."""

    codes: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def unanswered(self) -> int:
        """Messages that were owed an answer and got none."""
        return self.results[Result.UNANSWERED.value]


async def post(sendings: Iterable[Sending], line: Line) -> Answers:
    """Send the messages in order, each after the answer to the one before it on the connection of its facility.

    Raises SendFault when there is no connection to begin with.
    """
    clients = [Client(line.host, line.port, line.timeout, line.tls) for _ in range(line.connections)]
    waiting = [Waiting(WAITING) for _ in clients]
    await reach(clients[0], line)
    loop, answers = asyncio.get_running_loop(), Answers()
    pace, began = Pace(line.rate, loop.time), loop.time()
    try:
        async with asyncio.TaskGroup() as workers:
            for client, own in zip(clients, waiting, strict=True):
                workers.create_task(_work(client, own, line.attempts, answers))
            for one in sendings:
                await pace.wait()
                await waiting[crc32(one.facility.encode()) % len(waiting)].put(one)
            for own in waiting:
                await own.put(None)
    finally:
        for client in clients:
            client.close()
    answers.seconds = loop.time() - began
    return answers


async def _work(client: Client, own: Waiting, attempts: int, answers: Answers) -> None:
    """Send what waits, until nothing more comes."""
    while one := await own.get():
        delivery = await deliver(client, Outgoing(Path(one.facility), 1, one.payload), attempts)
        answers.results[delivery.result.value] += 1
        if delivery.code:
            answers.codes[delivery.code.value] += 1
