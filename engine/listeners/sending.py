"""Sending files of messages: over one connection or several, at a rate, with a result for each message."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from ssl import SSLContext
from statistics import quantiles
from typing import NamedTuple

from engine.hl7.acknowledgment import AcknowledgmentCode
from engine.hl7.framing import FramingFault
from engine.listeners.client import Client, Unanswered
from engine.listeners.messages import Outgoing, find_files, read_messages

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0
"""Seconds before a message is sent again; doubled each time."""


class SendFault(Exception):
    """There is no listener to send to."""


class Result(StrEnum):
    """What became of a message that was sent."""

    ANSWERED = "answered"
    """It was acknowledged, with whatever code."""
    SILENT = "silent"
    """It got no answer and was owed none."""
    UNANSWERED = "unanswered"
    """It was owed an answer and got none, however often it was sent."""
    UNSENDABLE = "unsendable"
    """It holds MLLP's own signs, and was not sent."""


class Delivery(NamedTuple):
    """One message and what became of it; `seconds` from the first byte sent to the answer."""

    path: Path
    number: int
    result: Result
    code: AcknowledgmentCode | None
    seconds: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Line:
    """Where and how to send: `rate` in messages a second over all connections (0: as fast as answers come)."""

    host: str = "127.0.0.1"
    port: int = 2575
    connections: int = 1
    rate: float = 0.0
    timeout: float = 30.0
    attempts: int = 1
    tls: SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of all messages, in the order in which that was known."""

    deliveries: tuple[Delivery, ...]
    stale: int
    seconds: float

    @property
    def codes(self) -> Counter[str]:
        """How many messages got each code."""
        return Counter(delivery.code.value for delivery in self.deliveries if delivery.code)

    @property
    def results(self) -> Counter[str]:
        """How many messages ended in each way."""
        return Counter(delivery.result.value for delivery in self.deliveries)

    @property
    def unanswered(self) -> tuple[Delivery, ...]:
        """The messages that were owed an answer and got none."""
        return tuple(delivery for delivery in self.deliveries if delivery.result is Result.UNANSWERED)

    def latency(self, percent: int) -> float:
        """The seconds within which so many percent of the answers came, 0 where there were none; 1 to 99."""
        seconds = [delivery.seconds for delivery in self.deliveries if delivery.code]
        return quantiles(seconds, n=100)[percent - 1] if len(seconds) > 1 else sum(seconds)


async def send(
    paths: Iterable[Path], line: Line, on_progress: Callable[[Delivery], None] = lambda _delivery: None
) -> Summary:
    """Send the messages of the files, and of the folders with all below them; `on_progress` hears of each.

    A file goes over one connection, its messages in order, each after the answer to the one before. Over several
    connections the files go side by side: what must keep its order belongs into one file, or over one connection.
    Raises SendFault when there is no connection to begin with, OSError for a path that cannot be read.
    """
    files = iter(find_files(paths))
    clients = [Client(line.host, line.port, line.timeout, line.tls) for _ in range(line.connections)]
    await reach(clients[0], line)
    loop, deliveries = asyncio.get_running_loop(), list[Delivery]()
    pace, began = Pace(line.rate, loop.time), loop.time()

    async def work(client: Client) -> None:
        for message in _messages(files):
            await pace.wait()
            delivery = await deliver(client, message, line.attempts)
            deliveries.append(delivery)
            on_progress(delivery)

    try:
        async with asyncio.TaskGroup() as workers:
            for client in clients:
                workers.create_task(work(client))
    finally:
        for client in clients:
            client.close()
    return Summary(tuple(deliveries), sum(client.stale for client in clients), loop.time() - began)


class Pace:
    """Spreads what is sent evenly over time."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._gap = 1 / rate if rate else 0.0
        self._next = clock()

    async def wait(self) -> None:
        """Wait until the next message is due."""
        if self._gap:
            now = self._clock()
            self._next = max(self._next + self._gap, now - 1.0)
            await asyncio.sleep(self._next - self._gap - now)


def _messages(files: Iterator[Path]) -> Iterator[Outgoing]:
    """The messages of the next file that nobody has taken, and so on: the iterator is shared."""
    for file in files:
        yield from read_messages(file)


async def reach(client: Client, line: Line) -> None:
    """Make the first connection; raises SendFault when there is none after all attempts."""
    for pause in (*_pauses(line.attempts), None):
        try:
            await client.connect()
        except OSError as error:
            if pause is None:
                where = f"{line.host}:{line.port}"
                why = error.strerror or "no answer"
                raise SendFault(
                    f"no connection: {why} ({where}) - start the engine, or see --host and --port"
                ) from None
            await asyncio.sleep(pause)
        else:
            return


async def deliver(client: Client, message: Outgoing, attempts: int) -> Delivery:
    """Send one message until it is answered, or owed no answer, or the attempts are used up."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for attempt, pause in enumerate((*_pauses(attempts), None), start=1):
        try:
            code = await client.send(message.payload)
        except FramingFault:
            return Delivery(message.path, message.number, Result.UNSENDABLE, None, 0.0, 0)
        except (Unanswered, OSError):
            if pause is not None:
                await asyncio.sleep(pause)
        else:
            result = Result.ANSWERED if code else Result.SILENT
            return Delivery(message.path, message.number, result, code, loop.time() - began, attempt)
    return Delivery(message.path, message.number, Result.UNANSWERED, None, loop.time() - began, attempts)


def _pauses(attempts: int) -> Iterator[float]:
    """The pauses between so many attempts."""
    for again in range(attempts - 1):
        yield min(FIRST_PAUSE * 2.0**again, LONGEST_PAUSE)
