"""Which line of which mapping filled an element: what the code of a traced set of mappings notes while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from engine.language.fault import Mark
from engine.language.path import FieldPath
from engine.transforms.mapping import Alternative


class Way(NamedTuple):
    """One way in which an element may be filled: the line, what it says, and the fields that it reads.

    `is_default` marks the text of an `else`. A path without a segment is a component of what the way around it reads.
    """

    mark: Mark
    says: str
    paths: tuple[FieldPath, ...]
    is_default: bool = False


class Note(NamedTuple):
    """An element of an object was filled in this way; of a list `length` says how long it was then."""

    element: str
    way: Way
    length: int


class Trace:
    """The notes of one message, found by the objects that they speak of, which stay alive with them."""

    def __init__(self) -> None:
        self._notes: dict[int, tuple[Any, list[Note]]] = {}
        self._made: dict[int, str] = {}
        self._fields: dict[int, str] = {}

    def fill(self, into: Any, element: str, way: Way) -> None:
        """Note how an element of `into`, or the next entries of the list `into`, were filled."""
        length = len(into) if isinstance(into, list) else 0
        self._notes.setdefault(id(into), (into, []))[1].append(Note(element, way, length))

    def join(self, into: Any, part: Any) -> None:
        """Note that `into` took over what `part` held."""
        self._notes.setdefault(id(into), (into, []))[1].extend(self.of(part))
        self._notes.setdefault(id(part), (part, []))

    def make(self, body: Any, key: str, position: str) -> None:
        """Note which rule of a message mapping made a resource, and from which segment (`OBX[3]`)."""
        self._made[id(body)] = f"{key} {position}"
        self._notes.setdefault(id(body), (body, []))

    def embed(self, body: Any, where: str) -> None:
        """Note that a resource was made from the field `where`."""
        self._fields[id(body)] = where
        self._notes.setdefault(id(body), (body, []))

    def complete(self, whole: Any, first: Any, other: Any) -> None:
        """Note that `whole` holds what `first` said, and what `other` said beside it."""
        self._notes[id(whole)] = (whole, [*self.of(other), *self.of(first)])
        for known in (self._fields, self._made):
            if id(first) in known:
                known[id(whole)] = known[id(first)]

    def field_of(self, body: Any) -> str:
        """The field that a resource was made from, "" for one that a rule of a message mapping made."""
        return self._fields.get(id(body), "")

    def of(self, found: Any) -> Sequence[Note]:
        """The notes of an object, in the order in which it was filled."""
        return self._notes.get(id(found), (None, ()))[1]

    def maker_of(self, body: Any) -> tuple[str, str]:
        """The key of the rule that made a resource, and the segment it was made from; empty for who is not known."""
        key, _, position = self._made.get(id(body), "").partition(" ")
        return key, position


def ways_of(alternatives: Sequence[Alternative]) -> tuple[Way, ...]:
    """For each alternative the way that it is, and behind it the way that its `else` is."""
    return tuple(way for one in alternatives for way in _ways(one))


def _ways(one: Alternative) -> Iterator[Way]:
    source = one.source
    if source is None:
        says = f"refers: {one.refers.key}{'[*]' * one.refers.many}" if one.refers else "value"
        yield from [Way(one.mark, says, ())] * 2
        return
    paths = tuple(path for term in source.terms for path in term.paths)
    yield Way(one.mark, source.text, paths)
    yield Way(one.mark, source.text, paths, is_default=True)


def note(scene: Any, into: Any, element: str, ways: Sequence[Way], won: int) -> None:
    """Called by traced code: the element of `into` was filled in way `won`."""
    scene.trace.fill(into, element, ways[won])


def note_join(scene: Any, into: Any, part: Any) -> None:
    """Called by traced code: `into` took over what `part` held."""
    scene.trace.join(into, part)
