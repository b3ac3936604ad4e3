"""A message: segments split at once, fields when they are first read (HL7 v2.9, 2.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from typing import cast

from engine.hl7.delimiters import STANDARD, Delimiters, HeaderFault, HeaderFaultCode, read_delimiters

HEADERS = frozenset({"MSH", "FHS", "BHS"})
"""The segments whose first two fields are the delimiters themselves."""


class LineFaultCode(StrEnum):
    """What is wrong with a line of a message."""

    STRAY_LINE = "stray_line"


@dataclass(frozen=True, slots=True)
class LineFault:
    """A run of lines that begin no segment (F8).

    `line` is the first of them, counted from 1, `count` how many they are, `position` the segment before, such as
    `OBX[2]`.
    """

    code: LineFaultCode
    line: int
    count: int
    position: str


class Segment:
    """One segment. `name` is its three letters, "" for a stray line; `text` is all of it as sent, still escaped.

    `fields[n]` is field n of every segment, `fields[0]` the name: MSH-1, FHS-1 and BHS-1 are the field separator.
    """

    __slots__ = ("_fields", "delimiters", "name", "text")

    def __init__(self, name: str, text: str, delimiters: Delimiters) -> None:
        self.name = name
        self.text = text
        self.delimiters = delimiters
        self._fields: list[str] | None = None

    @property
    def fields(self) -> list[str]:
        """The fields as sent; not to be changed."""
        fields = self._fields
        if fields is None:
            separator = self.delimiters.field
            fields = self._fields = self.text.split(separator)
            if self.name in HEADERS:
                fields.insert(1, separator)
        return fields

    def field(self, number: int) -> str:
        """Field `number` as sent, "" where it is absent."""
        fields = self.fields
        return fields[number] if number < len(fields) else ""


class Message:
    """The segments of one message in order, and what was odd about its lines; made by `parse`.

    `names[n]` is the name of segment n, counted from 0, `lines[n]` all of it as sent; neither is to be changed.
    """

    __slots__ = ("_by_name", "_fields", "_segments", "delimiters", "faults", "lines", "names")

    def __init__(
        self, names: list[str], lines: list[str], delimiters: Delimiters, faults: tuple[LineFault, ...] = ()
    ) -> None:
        self.names = names
        self.lines = lines
        self.delimiters = delimiters
        self.faults = faults
        self._fields: dict[int, list[str]] = {}
        self._segments: list[Segment] = []
        self._by_name: dict[str, list[Segment]] = {}

    @property
    def segments(self) -> list[Segment]:
        """The segments in order; not to be changed."""
        if not self._segments:
            rows = zip(self.names, self.lines, strict=True)
            self._segments = [Segment(name, line, self.delimiters) for name, line in rows]
        return self._segments

    def fields(self, place: int) -> list[str]:
        """The fields of the segment at a place, counted from 0, as `Segment.fields` has them; not to be changed."""
        fields = self._fields.get(place)
        if fields is None:
            separator = self.delimiters.field
            fields = self._fields[place] = self.lines[place].split(separator)
            if self.names[place] in HEADERS:
                fields.insert(1, separator)
        return fields

    def split(self, places: Sequence[int], headers: Sequence[int] = ()) -> list[list[str]]:
        """The fields of the segments at these places, each at its own; empty ones at others, and behind the last.

        `headers` are the places of those that name the separator in their first field.
        """
        lines, separator, absent = self.lines, self.delimiters.field, list[str]()
        rows = [absent] * (len(lines) + 1)
        for place in places:
            rows[place] = lines[place].split(separator)
        for place in headers:
            rows[place] = self.fields(place)
        return rows

    def field(self, place: int, number: int) -> str:
        """Field `number` of the segment at a place as sent, "" where it is absent."""
        fields = self.fields(place)
        return fields[number] if number < len(fields) else ""

    def of(self, name: str) -> list[Segment]:
        """The segments of that name in order; not to be changed."""
        by_name = self._by_name
        if not by_name:
            for segment in self.segments:
                by_name.setdefault(segment.name, []).append(segment)
        return by_name.get(name, [])

    def position(self, segment: Segment) -> str:
        """Where the segment stands among those of its name, such as `OBX[3]`."""
        return f"{segment.name}[{self.of(segment.name).index(segment) + 1}]"

    @property
    def code(self) -> str:
        """MSH-9.1, such as "ADT"."""
        return self._component(9, 0)

    @property
    def event(self) -> str:
        """MSH-9.2, such as "A01"."""
        return self._component(9, 1)

    @property
    def structure(self) -> str:
        """MSH-9.3, such as "ADT_A01"."""
        return self._component(9, 2)

    @property
    def version(self) -> str:
        """MSH-12.1, such as "2.5.1"."""
        return self._component(12, 0)

    def _component(self, number: int, index: int) -> str:
        components = self.field(0, number).split(self.delimiters.component)
        return components[index] if index < len(components) else ""


def parse(text: str, *, join: bool = False) -> Message:
    """Split a message into its segments at CR, LF or both (F11); no other sign ends a line.

    A line that begins no segment is kept as a segment without a name, or with `join` put back, after a line break, on
    the segment it follows; either way `faults` tells of it (F8). Raises HeaderFault for what begins with no MSH.
    """
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    lines = text.removeprefix("\ufeff").split("\r")
    if not lines[-1]:
        lines.pop()
    if "" in lines:
        lines = [line for line in lines if line]
    delimiters = _read_msh(lines[0] if lines else "")
    names = _names(lines, delimiters.field)
    return Message(names, lines, delimiters) if names else _parse_with_strays(lines, delimiters, join)


_STANDARD_MSH = f"MSH{STANDARD.encoded.decode()}{STANDARD.field}"


def _read_msh(line: str) -> Delimiters:
    if line.startswith(_STANDARD_MSH):
        return STANDARD
    if not line.startswith("MSH"):
        raise HeaderFault(HeaderFaultCode.NO_MSH, "MSH")
    if len(line) < len("MSH|^~\\&"):
        raise HeaderFault(HeaderFaultCode.SHORT_MSH, "MSH")
    end = line.find(line[3], 4)
    encoded = line[3:end] if end > 0 else line[3:]
    return read_delimiters(encoded.encode("utf-8", "surrogatepass"))


_head = itemgetter(slice(4))
_MOST_HEADS = 2048
"""Beginnings of segments remembered for one separator."""
_MOST_ROWS, _LONGEST_ROW = 512, 256
"""Rows of such beginnings remembered, as messages have them, and how long."""


def _names(lines: list[str], separator: str) -> list[str]:
    """The names of the segments that the lines are, none at all where a line begins no segment."""
    begins_segment, known, rows = _starts(separator)
    row = "\r".join(map(_head, lines))
    names = rows.get(row)
    if names is None:
        names = _new_names(lines, begins_segment, known)
        if names and len(lines) <= _LONGEST_ROW:
            if len(rows) >= _MOST_ROWS:
                rows.clear()
            rows[row] = names
    return names


def _new_names(lines: list[str], begins_segment: Callable[[str], object], known: dict[str, str]) -> list[str]:
    names = list(map(known.get, map(_head, lines)))
    if None not in names:
        return cast("list[str]", names)
    if not all(map(begins_segment, lines)):
        return []
    if len(known) > _MOST_HEADS:
        known.clear()
    known.update((line[:4], line[:3]) for line in lines)
    return [line[:3] for line in lines]


@lru_cache(maxsize=64)
def _starts(separator: str) -> tuple[Callable[[str], object], dict[str, str], dict[str, list[str]]]:
    """Tells whether a line begins a segment: a letter, two letters or digits, the separator or the end.

    And the names by such beginnings, and by all of a message, as far as they were seen.
    """
    return re.compile(rf"[A-Z][A-Z0-9]{{2}}(?:{re.escape(separator)}|\r|\Z)").match, {}, {}


def _parse_with_strays(lines: list[str], delimiters: Delimiters, join: bool) -> Message:
    names: list[str] = []
    kept: list[str] = []
    faults: list[LineFault] = []
    numbers: dict[str, int] = {}
    line = 1
    for head, *strays in _gather(lines, delimiters):
        name = head[:3]
        numbers[name] = numbers.get(name, 0) + 1
        names.append(name)
        kept.append("\n".join((head, *strays)) if join else head)
        if strays:
            position = f"{name}[{numbers[name]}]"
            faults.append(LineFault(LineFaultCode.STRAY_LINE, line + 1, len(strays), position))
            if not join:
                names += [""] * len(strays)
                kept += strays
        line += 1 + len(strays)
    return Message(names, kept, delimiters, tuple(faults))


def _gather(lines: list[str], delimiters: Delimiters) -> list[list[str]]:
    """Each segment's line with the stray lines that follow it."""
    begins_segment, _, _ = _starts(delimiters.field)
    groups = [lines[:1]]
    for line in lines[1:]:
        if begins_segment(line):
            groups.append([line])
        else:
            groups[-1].append(line)
    return groups
