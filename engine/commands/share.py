"""How much of a message no line of its mapping reads: a share of the fields that came with a value."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from engine.commands.explain.shown import name_of
from engine.hl7.message import Message
from engine.hl7.path import Path
from engine.transforms.reads import Reads
from engine.transforms.unread import is_blank

ASIDE = frozenset({("MSH", 1), ("MSH", 2), ("MSH", 12), ("MSH", 15), ("MSH", 16), ("OBX", 2)})
"""Fields that say how to read or answer the message, and nothing of what it tells."""


class Share(NamedTuple):
    """The fields of a message that hold a value, and how many of them no line reads.

    Set ids, `ASIDE`, and segments of a sender's own (Z) are left out; a field of which a part is read counts as read.
    """

    valued: int
    unread: int

    @property
    def part(self) -> float:
        """The unread among the valued, 0 to 1."""
        return self.unread / self.valued if self.valued else 0.0


def share_of(message: Message, reads: Reads) -> Share:
    """How much of the message is not among `reads`."""
    found = [
        (segment.name, number) in reads
        for segment in message.segments
        for number, text in enumerate(segment.fields)
        if number and counts(segment.name, number) and not is_blank(text, message.delimiters)
    ]
    return Share(len(found), found.count(False))


def counts(segment: str, number: int) -> bool:
    """Whether a field is one that a share is of."""
    if not segment or segment.startswith("Z") or (segment, number) in ASIDE:
        return False
    return number != 1 or not _is_numbered(segment)


@cache
def _is_numbered(segment: str) -> bool:
    """Whether the first field of the segment numbers those of its name."""
    return name_of(Path(segment, 1)).startswith("Set id")
