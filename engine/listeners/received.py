"""A frame as received: what it gets, and what is to be stored before it gets that."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from engine.bus.record import Record
from engine.hl7.batch import Batch, answer_batch
from engine.listeners.answer import Answer
from engine.listeners.sequence import Step


class Due(Protocol):
    """An answer that may be written once all that it speaks of is durable."""

    @property
    def durable(self) -> bool: ...

    @property
    def reply(self) -> bytes:
        """The answer, b"" where there is none."""

    def wait(self, tell: Callable[[], None]) -> None:
        """Have `tell` called when it is durable."""

    def settle(self) -> None:
        """Note that it is durable."""


class Received(NamedTuple):
    """A frame as received; `since` is when the frame was whole, monotonic.

    `records` are to be stored; none for a message that is stored or about to be. `parts` are the messages of a batch.
    `message_type` is "" where there is no message to count. `size` is what the records take in memory.
    """

    answer: Answer
    due: Due
    records: tuple[Record, ...]
    message_type: str
    since: float
    size: int = 0
    step: Step | None = None
    parts: tuple[Received, ...] = ()

    @property
    def each(self) -> tuple[Received, ...]:
        """The messages of a batch, or the one message."""
        return self.parts or (self,)


class Told:
    """An answer that nothing has to be stored for, or nothing that another message could wait for."""

    __slots__ = ("durable", "reply")

    def __init__(self, reply: bytes, *, durable: bool) -> None:
        self.reply = reply
        self.durable = durable

    def wait(self, tell: Callable[[], None]) -> None:
        """Nobody waits."""

    def settle(self) -> None:
        """Note that it is durable."""
        self.durable = True


class Together:
    """The answers of a batch's messages, told as one when all are durable (F20a)."""

    __slots__ = ("_batch", "_control_id", "_parts", "_time")

    def __init__(self, batch: Batch, parts: tuple[Received, ...], control_id: bytes, time: bytes) -> None:
        self._batch = batch
        self._parts = parts
        self._control_id = control_id
        self._time = time

    @property
    def durable(self) -> bool:
        return all(part.due.durable for part in self._parts)

    @property
    def reply(self) -> bytes:
        return answer_batch(self._batch, [part.due.reply for part in self._parts], self._control_id, self._time)

    def wait(self, tell: Callable[[], None]) -> None:
        """Wait for those messages that others have in flight."""
        for part in self._parts:
            if not part.records and not part.due.durable:
                part.due.wait(tell)

    def settle(self) -> None:
        """Note that those are durable whose records were stored for this batch."""
        for part in self._parts:
            if part.records:
                part.due.settle()


def together(batch: Batch, parts: tuple[Received, ...], control_id: bytes, time: bytes, since: float) -> Received:
    """The messages of a batch as one frame received; it closes the connection if one of them does."""
    return Received(
        Answer(None, close=any(part.answer.close for part in parts)),
        Together(batch, parts, control_id, time),
        tuple(record for part in parts for record in part.records),
        "",
        since,
        sum(part.size for part in parts),
        parts=parts,
    )
