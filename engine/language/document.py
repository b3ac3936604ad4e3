"""YAML as integrators write it: a tree of nodes that know their place, and nothing that a file could do harm with.

Refused with a fault: anchors, aliases, tags, repeated keys, keys that are no text, several documents, files over 1 MiB,
over 100,000 nodes or nested deeper than 32. Plain scalars resolve as in YAML 1.2's JSON schema, so
that `0123`, `NO`, `1980-03-05` and `12:30` stay text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from math import inf, isinf
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import yaml

from engine.language.fault import Fault, Faults, Mark
from engine.language.files import read_content

MOST_BYTES = 1 << 20
MOST_NODES = 100_000
DEEPEST = 32
MOST_DIGITS = 18
"""A longer number, which no reader of JSON need hold, stays text, and so does one that is infinite."""
LONGEST = 4096
"""Characters of one expression: of a longer text nobody asks where its parts stand."""
MOST_FAULTS = 100
"""After so many the rest of a file is not looked at."""

Scalar = str | int | float | bool | None
Plain = Scalar | list["Plain"] | dict[str, "Plain"]


class Place(Protocol):
    """What PyYAML's readers, in Python and in C, call a mark; both count from 0."""

    line: int
    column: int


Event = Any
"""An event of PyYAML, which has the same names in both readers and stub types that tell them apart."""

_READER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The reader in C where PyYAML was built with it, as its packages are: it takes a quarter of the time."""

NO_KEYS: Mapping[str, Mark] = MappingProxyType({})
"""Of what is no map."""

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_QUOTES = ("'", '"')
_NO_TAG = (None, "!")
_WORDS: dict[str, Scalar] = {"null": None, "~": None, "": None, "true": True, "false": False}


class Node(NamedTuple):
    """A value with its place: a scalar, a list of nodes, or an ordered map from key nodes to nodes."""

    value: Scalar | list[Node] | dict[str, Node]
    mark: Mark
    keys: Mapping[str, Mark]
    """For a map: where each key stands."""
    inset: int = 0
    """For a scalar: how far behind `mark` its text begins, 1 where it is quoted."""
    breaks: tuple[tuple[int, Mark], ...] = ()
    """For a scalar of several lines: at which offset of its text each further line begins, and where that stands."""

    def items(self) -> Iterator[tuple[str, Node]]:
        """The entries of a map; none for anything else."""
        return iter(self.value.items()) if isinstance(self.value, dict) else iter(())

    def get(self, key: str) -> Node | None:
        """The entry of a map, or None when this is no map or has no such key."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def plain(self) -> Plain:
        """The value without places, as JSON would have it."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read_document(path: Path) -> Node:
    """Read one YAML file; raises Faults that name every place where it is not what it may be."""
    return parse_document(read_content(path, MOST_BYTES), str(path))


def parse_document(content: bytes, name: str) -> Node:
    """The same for content that is at hand; `name` is what its faults call the file."""
    whole = Mark(name)
    if len(content) > MOST_BYTES:
        raise Faults([Fault(whole, "E002", "", f"larger than {MOST_BYTES} bytes", "split it into several files")])
    if max(content.count(b"\n"), content.count(b",")) > MOST_NODES:
        what = f"more than {MOST_NODES} lines or commas"
        raise Faults([Fault(whole, "E008", "", what, "split it into several files")])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Faults([Fault(Mark(name, line, 1), "E003", "", "is not UTF-8", "save the file as UTF-8")]) from None
    return _Composer(name, text).compose()


class _Composer:
    """Walks the events of one YAML file and builds its nodes, gathering faults."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._lines = text.split("\n")
        self._faults: list[Fault] = []
        self._count = 0
        self._next: Callable[[], Event]
        """Gives the next event of the file."""

    def compose(self) -> Node:
        try:
            documents = self._documents()
        except yaml.MarkedYAMLError as error:
            place = self._mark(error.problem_mark) if error.problem_mark else Mark(self._name, 1, 1)
            problem, hint = error.problem or "is not YAML", "check indentation, colons and quotes"
            raise Faults([*self._faults, Fault(place, "E005", "", problem, hint)]) from None
        except yaml.YAMLError:
            place = Mark(self._name, 1, 1)
            problem = "holds a character that YAML does not allow"
            raise Faults([Fault(place, "E005", "", problem, "remove it")]) from None
        if len(documents) > 1:
            self._fault(documents[1].mark, "E004", "a second document begins", "keep one document in a file")
        if self._faults:
            raise Faults(self._faults)
        return documents[0] if documents else Node(None, Mark(self._name, 1, 1), NO_KEYS)

    def _documents(self) -> list[Node]:
        self._next = _READER(self._text).get_event
        found: list[Node] = []
        while type(event := self._next()) is not yaml.StreamEndEvent:
            if isinstance(event, yaml.NodeEvent):
                found.append(self._node(event, 1))
        return found

    def _node(self, event: Event, depth: int) -> Node:
        mark = self._mark(event.start_mark)
        self._admit(event, mark, depth)
        kind = type(event)
        if kind is yaml.ScalarEvent:
            breaks = self._breaks(event) if event.end_mark.line > event.start_mark.line else ()
            return Node(_resolve(event), mark, NO_KEYS, 1 if event.style in _QUOTES else 0, breaks)
        if kind is yaml.MappingStartEvent:
            return self._map(mark, depth)
        if kind is yaml.SequenceStartEvent:
            return Node(self._list(depth + 1), mark, NO_KEYS)
        return Node(None, mark, NO_KEYS)

    def _breaks(self, event: Event) -> tuple[tuple[int, Mark], ...]:
        if len(event.value) > LONGEST:
            return ()
        found: list[tuple[int, Mark]] = []
        for number in range(event.start_mark.line + 1, min(event.end_mark.line + 1, len(self._lines))):
            line = self._lines[number]
            offset = event.value.find(line.strip().strip("'\""), found[-1][0] + 1 if found else 0)
            if line.strip() and offset >= 0:
                found.append((offset, Mark(self._name, number + 1, len(line) - len(line.lstrip()) + 1)))
        return tuple(found)

    def _list(self, depth: int) -> list[Node]:
        found: list[Node] = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            found.append(self._node(event, depth))
        return found

    def _map(self, mark: Mark, depth: int) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        while type(event := self._next()) is not yaml.MappingEndEvent:
            place = self._mark(event.start_mark)
            key = self._key(event, place, depth)
            node = self._node(self._next(), depth + 1)
            if key in entries:
                what = f"the key {key!r} stands here again"
                self._fault(place, "E006", what, f"it stands in line {keys[key].line} already")
            else:
                entries[key], keys[key] = node, place
        return Node(entries, mark, keys)

    def _key(self, event: Event, place: Mark, depth: int) -> str:
        if isinstance(event, yaml.ScalarEvent):
            self._admit(event, place, depth)
            return str(event.value)
        self._node(event, depth + 1)
        self._fault(place, "E007", "a key is not text", "write the key as one word")
        return ""

    def _admit(self, event: Event, mark: Mark, depth: int) -> None:
        self._count += 1
        if self._count > MOST_NODES or depth > DEEPEST:
            self._bound(mark)
        if event.anchor:
            self._fault(mark, "E010", "anchors and aliases are not allowed", "write the value out")
        if getattr(event, "tag", None) not in _NO_TAG:
            self._fault(mark, "E011", "tags are not allowed", "write the value without the tag")

    def _bound(self, mark: Mark) -> None:
        if self._count > MOST_NODES:
            raise Faults([Fault(mark, "E008", "", f"more than {MOST_NODES} values", "split it into several files")])
        raise Faults([Fault(mark, "E009", "", f"nested deeper than {DEEPEST}", "make it flatter")])

    def _mark(self, mark: Place) -> Mark:
        return Mark(self._name, mark.line + 1, mark.column + 1)

    def _fault(self, mark: Mark, code: str, what: str, hint: str) -> None:
        self._faults.append(Fault(mark, code, "", what, hint))
        if len(self._faults) >= MOST_FAULTS:
            raise Faults(self._faults)


def _resolve(event: Event) -> Scalar:
    text = str(event.value)
    if event.style:  # the reader in C calls a plain style "", the one in Python None
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-0123456789":
        return text
    if _INTEGER.match(text):
        return int(text) if len(text) <= MOST_DIGITS else text
    number = float(text) if _FLOAT.match(text) else inf
    return text if isinf(number) else number
