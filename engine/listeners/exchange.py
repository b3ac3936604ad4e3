"""One payload in, its answer out, once all that it speaks of is durable: what every door does that is no connection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from engine.bus.record import Record
from engine.hl7.framing import CR, HEAD_BYTES, VT, Frame, FrameFault, FrameFaultCode
from engine.listeners.clock import Clock
from engine.listeners.commits import Commits
from engine.listeners.gate import Sender
from engine.listeners.received import Received
from engine.listeners.receiving import Receiving


class Unstored(Exception):
    """A message is not durable in time, so that its sender has to send it again."""

    def __init__(self, reply: bytes) -> None:
        """`reply` is what the settings want answered then, b"" for nothing."""
        super().__init__("not durable in time - see what the bus says, and send the message again")
        self.reply = reply


def framed(payload: bytes, most: int) -> Frame | FrameFault:
    """The payload as it would come out of an MLLP frame of at most so many bytes."""
    if len(payload) > most:
        return too_large(payload)
    return FrameFault(FrameFaultCode.VT_INSIDE, payload) if VT in payload else Frame(payload)


def too_large(beginning: bytes) -> FrameFault:
    """A payload beyond the limit, of which its first segment is kept."""
    head = beginning[:HEAD_BYTES].replace(b"\n", CR).partition(CR)[0]
    return FrameFault(FrameFaultCode.TOO_LARGE, head)


class Exchange:
    """Receives payloads one by one and answers each when it is durable, also where another connection has it."""

    def __init__(self, receiving: Receiving, commits: Commits, clock: Clock, ack_deadline: float) -> None:
        self._receiving = receiving
        self._commits = commits
        self._clock = clock
        self._ack_deadline = ack_deadline

    async def exchange(self, found: Frame | FrameFault, sender: Sender) -> Received:
        """The payload as received, durable; raises Unstored."""
        since = self._clock.monotonic()
        received = self._receiving.reception.receive(found, since, sender)
        await self._make_durable(received)
        if not received.due.durable:
            self._receiving.meters.left_unanswered([received])
            raise Unstored(self._receiving.reception.unstored(received))
        self._receiving.meters.acknowledged(received, self._clock.monotonic())
        return received

    async def _make_durable(self, received: Received) -> None:
        """Return when the payload is durable, or lost, or its deadline has passed."""
        passage = _Passage(received, self._receiving, received.since + self._ack_deadline)
        if received.records:
            self._receiving.budget.take(received.size)
            self._commits.publish(passage)
        if received.due.durable:
            return
        if received.parts or not received.records:
            received.due.wait(passage.look)
        with suppress(TimeoutError):
            await asyncio.wait_for(passage.ended.wait(), self._ack_deadline)


class _Passage:
    """What one payload has to store, on its way to the bus: see `Batch`."""

    def __init__(self, received: Received, receiving: Receiving, until: float) -> None:
        self._received = received
        self._receiving = receiving
        self.records: Sequence[Record] = received.records
        self.size = received.size
        self.until = until
        self.ended = asyncio.Event()

    def stored(self) -> None:
        """The records are durable."""
        self._receiving.meters.stored(self._received)
        self._received.due.settle()
        self.look()

    def lost(self) -> None:
        """The bus refused the records to the end."""
        self._receiving.reception.forget(self._received)
        self.ended.set()

    def look(self) -> None:
        """End the wait if all is durable, what others have in flight too."""
        if self._received.due.durable:
            self.ended.set()
