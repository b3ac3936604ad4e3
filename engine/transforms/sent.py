"""Values of plain messages read as they were sent, and remembered: senders repeat days, times and numbers."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from engine.hl7.delimiters import STANDARD
from engine.transforms.codes import Codes, missing
from engine.transforms.fields import Scene
from engine.transforms.values import TYPES, BuiltIn, Value, refuse

MOST = 8192
"""Values remembered of one type, where it depends on a time zone in each."""


_COMPONENT, _REPETITION, _SUBCOMPONENT = STANDARD.component, STANDARD.repetition, STANDARD.subcomponent


def head(sent: str) -> str:
    """The first subcomponent of the first component of the first repetition: what stands before any delimiter."""
    return sent.partition(_COMPONENT)[0].partition(_REPETITION)[0].partition(_SUBCOMPONENT)[0].strip()


def piece(sent: str, number: int) -> str:
    """The first subcomponent of a component of the first repetition, "" where it is absent."""
    components = sent.partition(_REPETITION)[0].split(_COMPONENT, number)
    return components[number - 1].partition(_SUBCOMPONENT)[0].strip() if number <= len(components) else ""


def refuse_sent(sent: str, position: str, type_name: str) -> None:
    """Raise the fault of a value that its type does not allow, unless nothing was sent."""
    if head(sent):
        refuse(position, type_name)


def look_up(codes: Codes, sent: str, as_sent: str, scene: Scene) -> Any:
    """What a table gives for a value that it does not hold as it was sent: None for nothing.

    `as_sent` is the element that takes a code as it was sent, when there is one.
    """
    code = head(sent)
    if not code:
        return None
    found = codes[code] if code in codes else missing(codes, code, scene)
    return found or ({as_sent: code} if as_sent else found)


class Sent(dict[str, Value | None]):
    """By fields and components as they were sent what a type reads there; None for an empty one too."""

    def __init__(self, read: BuiltIn, *zone: ZoneInfo) -> None:
        super().__init__()
        self._read = read
        self._zone = zone

    def __missing__(self, sent: str) -> Value | None:
        text = head(sent)
        if len(self) >= MOST:
            self.clear()
        value = self[sent] = self._read(text, *self._zone) if text else None
        return value


class SentThere(dict[ZoneInfo, Sent]):
    """The same by time zones."""

    def __init__(self, read: BuiltIn) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, zone: ZoneInfo) -> Sent:
        there = self[zone] = Sent(self._read, zone)
        return there


READERS = {
    f"sent_{name}": SentThere(kind.read) if kind.zoned else Sent(kind.read)
    for name, kind in TYPES.items()
    if kind.remembers
}
"""By the name under which compiled code has them."""
