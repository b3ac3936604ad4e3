"""The sequence number protocol (HL7 v2.9, 2.10.1): a sender that values MSH-13 is held to one message after another.

What is expected of each sender is kept in a compacted topic, published together with the message that it follows
from: so it is durable before the answer, and a listener that starts again goes on where it was.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from engine.bus.record import Record

TOPIC = "sequences"

START = 0
"""A sender asks which number is expected (MSH-13 of 0)."""

RESYNC = -1
"""A sender wants to begin anew (MSH-13 of -1); and what MSA-4 says where any number is welcome."""

MOST = 100_000
"""Senders that are remembered; of whom was silent the longest, any number is welcome again."""

_NUMBER = re.compile(rb"-1|[0-9]{1,15}")


class Step(NamedTuple):
    """What a message with a sequence number gets.

    `told` is MSA-4, None for text that is no number; `clinical` is False for 0 and -1, which carry no message to store;
    `record` makes the new state durable, None where it stays as it was; `before` is the state to go back to.
    """

    accepted: bool
    told: int | None
    clinical: bool = True
    record: Record | None = None
    sender: bytes = b""
    before: int | None = None


class Sequences:
    """The number expected next of each sender, of the last `MOST` that said one."""

    def __init__(self, kept: Iterable[Record] = ()) -> None:
        self._expected: OrderedDict[bytes, int] = OrderedDict()
        for record in kept:
            self._set(record.key, int(record.value) if record.value else None)

    def take(self, sender: bytes, number: bytes) -> Step:
        """Take the next step of a sender that says this in MSH-13."""
        expected = self._expected.get(sender)
        if not _NUMBER.fullmatch(number):
            return Step(accepted=False, told=expected)
        said = int(number)
        if said == START:
            return Step(accepted=True, told=RESYNC if expected is None else expected, clinical=False)
        if said == RESYNC:
            return self._move(sender, None, Step(accepted=True, told=RESYNC, clinical=False))
        if expected not in (None, said):
            return Step(accepted=False, told=expected)
        return self._move(sender, said + 1, Step(accepted=True, told=said))

    def undo(self, step: Step) -> None:
        """Go back to before a step whose record was not stored; of several, the last one first."""
        if step.record:
            self._set(step.sender, step.before)

    def _move(self, sender: bytes, to: int | None, step: Step) -> Step:
        before = self._expected.get(sender)
        self._set(sender, to)
        record = Record(TOPIC, sender, b"" if to is None else b"%d" % to)
        return step._replace(record=record, sender=sender, before=before)

    def _set(self, sender: bytes, expected: int | None) -> None:
        self._expected.pop(sender, None)
        if expected is not None:
            self._expected[sender] = expected
        if len(self._expected) > MOST:
            self._expected.popitem(last=False)


def sender_key(facility: str, fields: list[bytes]) -> bytes:
    """What names a sender of sequence numbers: its facility, MSH-3 and MSH-4, hashed; `fields[n]` is MSH-n."""
    return sha256(b"\r".join((facility.encode(), *fields[3:5]))).hexdigest()[:32].encode()
