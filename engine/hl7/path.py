"""Paths into a message: `PID-3[2].1.2`, one spelling everywhere.

| part | spelling | left out |
|---|---|---|
| segment, and which of its name | `OBX[3]`, `OBX[*]` | the first |
| field | `-5` | the whole segment |
| repetition | `[2]`, `[*]` | the first |
| component, subcomponent | `.1`, `.1.2` | the whole repetition, the whole component |

All are counted from 1; `[*]` is all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from engine.hl7.escapes import unescape
from engine.hl7.fault import HL7Fault
from engine.hl7.message import HEADERS, Message, Segment

T = TypeVar("T")

ALL = 0
"""The sequence or repetition that `[*]` asks for: every one."""

NULL = '""'
"""The value by which a sender erases what was sent before; an empty one leaves it alone."""


class PathFaultCode(StrEnum):
    """Why text is no path."""

    NO_PATH = "no_path"


class PathFault(HL7Fault):
    """Text that is no path; `column` counts from 1 and is where it goes wrong."""

    def __init__(self, text: str, column: int) -> None:
        super().__init__(
            PathFaultCode.NO_PATH,
            f"column {column}",
            f"{text[:40]!r} is no path",
            "write SEGMENT[N]-FIELD[REPETITION].COMPONENT.SUBCOMPONENT, such as PID-3[2].1",
        )
        self.column = column


@dataclass(frozen=True, slots=True)
class Path:
    """A place in a message. ALL stands for `[*]`; a `field` of 0 is the whole segment, None a part left out."""

    segment: str
    field: int = 0
    sequence: int = 1
    repetition: int = 1
    component: int | None = None
    subcomponent: int | None = None

    def __str__(self) -> str:
        text = self.segment + _index(self.sequence)
        if self.field:
            text += f"-{self.field}{_index(self.repetition)}"
        for part in (self.component, self.subcomponent):
            text += "" if part is None else f".{part}"
        return text


def _index(number: int) -> str:
    return {ALL: "[*]", 1: ""}.get(number, f"[{number}]")


_NUMBER = "[1-9][0-9]{0,5}"
_INDEX = rf"(?:\[({_NUMBER}|\*)\])?"
_PATH = re.compile(
    rf"([A-Z][A-Z0-9]{{2}}){_INDEX}(?:-({_NUMBER}){_INDEX}(?:\.({_NUMBER})(?:\.({_NUMBER}))?)?)?", re.ASCII
)


def parse_path(text: str) -> Path:
    """The path that the text spells; raises PathFault with the column where it stops being one."""
    match = _PATH.match(text)
    if match is None or match.end() < len(text):
        raise PathFault(text, match.end() + 1 if match else 1)
    segment, sequence, field, repetition, component, subcomponent = match.groups()
    return Path(
        segment,
        int(field or 0),
        _count(sequence),
        _count(repetition),
        int(component) if component else None,
        int(subcomponent) if subcomponent else None,
    )


def _count(index: str | None) -> int:
    return ALL if index == "*" else int(index or 1)


def read_path(source: Message | Segment, path: Path) -> list[str]:
    """The values at the path in order, unescaped; empty ones are left out, NULL is kept as it is sent.

    A part left out reads the whole of what stands above it, separators included; a whole segment is as sent. From a
    segment the path is read as if that segment were the one it names.
    """
    segments = [source] if isinstance(source, Segment) else _pick(source.of(path.segment), path.sequence)
    return [value for segment in segments for value in _read_segment(segment, path) if value]


def _read_segment(segment: Segment, path: Path) -> list[str]:
    if not path.field:
        return [segment.text]
    field = segment.field(path.field)
    if path.field <= 2 and segment.name in HEADERS:  # the delimiters themselves, never parted
        return [field]
    delimiters = segment.delimiters
    values = _pick(field.split(delimiters.repetition), path.repetition)
    for separator, number in ((delimiters.component, path.component), (delimiters.subcomponent, path.subcomponent)):
        if number is not None:
            values = [_part(value, separator, number) for value in values]
    return [unescape(value, delimiters) for value in values]


def _pick(items: list[T], index: int) -> list[T]:
    return items if index == ALL else items[index - 1 : index]


def _part(value: str, separator: str, number: int) -> str:
    parts = value.split(separator, number) if separator else [value]
    return parts[number - 1] if number <= len(parts) else ""
