"""A message of the sample feed with what must become of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from demo import segments
from demo.senders import Sender
from demo.tcvn3 import encode_tcvn3
from demo.visits import Told


class Fate(StrEnum):
    """What the engine must make of a message."""

    LOADED = "loaded"
    """Accepted, and in the warehouse."""
    DEAD = "dead"
    """Accepted, and a dead letter with its reason."""
    DUPLICATE = "duplicate"
    """Accepted again, and counted once."""
    REFUSED = "refused"
    """Not accepted; kept as a dead letter."""


@dataclass(frozen=True, slots=True)
class FeedMessage:
    """The bytes to send, what they are, and what must become of them.

    `facility` is the code of who sends, empty where the message does not tell; `type` is MSH-9 as `ADT^A01`;
    `expected_answer` is MSA-1 (table 0008), empty where no answer may come; `expected_reason` is that of the dead
    letter, if there must be one.
    """

    payload: bytes
    facility: str
    type: str
    expected_answer: str
    expected_fate: Fate = Fate.LOADED
    expected_reason: str = ""

    @property
    def is_fault(self) -> bool:
        """True where something is wrong with the message, or it was sent before."""
        return self.expected_fate is not Fate.LOADED


def write_message(told: Told, control_id: str) -> FeedMessage:
    """The message as its sender writes it, under that control id."""
    sender = told.sender
    lines = (segments.msh(sender, told.type, control_id, told.when), *told.lines)
    return FeedMessage(encode_lines(sender, lines), sender.code, told.type, sender.accepts)


def encode_lines(sender: Sender, lines: tuple[str, ...]) -> bytes:
    """The segments in the sender's charset, each ended by the sender's terminator."""
    text = "".join(line + sender.terminator for line in lines)
    return encode_tcvn3(text) if sender.codec == "tcvn3" else text.encode()
