"""The order of segments in a message structure: which may follow which, and what is missing where one follows early.

A structure is laid out as its segments' places, numbered in order. From each place follow the places where the next
segment may stand: itself if it repeats, what comes after it in its group, the group's start if the group repeats, then
the same one group further out. Each way names the required segments that it passes over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.hl7.dictionary import Part

START = -1
"""The place before the first segment."""

MOST_SETS = 2048
"""Sets of places that are remembered; beyond them they are worked out anew."""


class Way(NamedTuple):
    """A way to the place of a next segment, and the names of required ones that it passes over."""

    place: int
    missed: tuple[str, ...] = ()


class Misplaced(NamedTuple):
    """A segment that is missing or out of sequence: the which-th of its name."""

    name: str
    sequence: int


class _Node:
    """A part of the structure where it stands: `number` is its place, for a segment."""

    __slots__ = ("above", "index", "inner", "number", "part")

    def __init__(self, part: Part, above: _Node | None, index: int, places: list[_Node]) -> None:
        self.part = part
        self.above = above
        self.index = index
        self.number = len(places)
        if not part.parts:
            places.append(self)
        self.inner = tuple(_Node(one, self, at, places) for at, one in enumerate(part.parts))

    @property
    def repeats(self) -> bool:
        return self.part.maximum != 1


class Grammar:
    """One structure. `names` are its segments; those of `optional` may be missing whatever the structure says."""

    def __init__(self, structure: Part, optional: frozenset[str] = frozenset()) -> None:
        self._optional = optional
        self._places: list[_Node] = []
        self._root = _Node(structure, None, 0, self._places)
        self.names = frozenset(node.part.name for node in self._places)
        self._ways: dict[int, tuple[dict[str, list[Way]], tuple[str, ...]]] = {}
        self._sets: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def misplaced(self, names: Sequence[str]) -> list[Misplaced]:
        """What is missing or out of sequence, each once; names that the structure does not know are passed over.

        More of a segment or a group than the structure has is no error (HL7 v2.9, 2.6.2: receivers ignore it).
        """
        known = [name for name in names if name in self.names]
        return [] if self._accepts(known) else self._explain(known)

    def _accepts(self, names: Sequence[str]) -> bool:
        """Whether some reading of the segments has nothing amiss: all readings are followed at once."""
        places = frozenset((START,))
        sets = self._sets
        for name in names:
            following = sets.get((places, name))
            if following is None:
                following = self._follow(places, name)
            if not following:
                return False
            places = following
        return any(not self._from(place)[1] for place in places)

    def _follow(self, places: frozenset[int], name: str) -> frozenset[int]:
        ways = (way for place in places for way in self._from(place)[0].get(name, ()))
        following = frozenset(way.place for way in ways if not way.missed)
        if len(self._sets) < MOST_SETS:
            self._sets[places, name] = following
        return following

    def _explain(self, names: Sequence[str]) -> list[Misplaced]:
        """What is amiss in the reading that passes over least at each segment."""
        found: dict[Misplaced, None] = {}
        counts: Counter[str] = Counter()
        place = START
        for name in names:
            ways = self._from(place)[0].get(name)
            if ways:
                way = min(ways, key=lambda one: len(one.missed))
                found.update((Misplaced(missed, counts[missed] + 1), None) for missed in way.missed)
                place = way.place
            counts[name] += 1
            if not ways:
                found[Misplaced(name, counts[name])] = None
        found.update((Misplaced(missed, counts[missed] + 1), None) for missed in self._from(place)[1])
        return list(found)

    def _from(self, place: int) -> tuple[dict[str, list[Way]], tuple[str, ...]]:
        """The ways from a place by the next segment's name, nearest first, and what is missing if none follows."""
        found = self._ways.get(place)
        if found is None:
            ends: list[str] = []
            ways: dict[str, list[Way]] = {}
            for way in self._onward(place, ends):
                ways.setdefault(self._places[way.place].part.name, []).append(way)
            found = self._ways[place] = (ways, tuple(ends))
        return found

    def _onward(self, place: int, missed: list[str]) -> Iterator[Way]:
        """Every way on; when all are told, `missed` holds what the end of the message would pass over."""
        if place == START:
            yield from self._enter(self._root, ())
            missed += self._needs(self._root)
            return
        node = self._places[place]
        spare = [] if node.repeats else [Way(place)]
        if node.repeats:
            yield Way(place)
        while node.above is not None:
            group = node.above
            if not group.part.choice:
                yield from self._rest(group, node.index + 1, missed)
            again = [way for way in self._enter(group, tuple(missed)) if len(way.missed) == len(missed)]
            if group.repeats:
                yield from again
            else:
                spare += again if group.above is not None else ()
            node = group
        yield from spare

    def _rest(self, group: _Node, start: int, missed: list[str]) -> Iterator[Way]:
        for node in group.inner[start:]:
            yield from self._enter(node, tuple(missed))
            missed += self._needs(node)

    def _enter(self, node: _Node, missed: tuple[str, ...]) -> Iterator[Way]:
        """The ways to the first segment of a part."""
        if not node.inner:
            yield Way(node.number, missed)
        elif node.part.choice:
            for one in node.inner:
                yield from self._enter(one, missed)
        else:
            yield from self._rest(node, 0, list(missed))

    def _needs(self, node: _Node) -> tuple[str, ...]:
        """What is missing when the part is left out: of a group the first, as nobody needs to hear of the rest."""
        if not node.part.minimum:
            return ()
        if not node.inner:
            return () if node.part.name in self._optional else (node.part.name,)
        needs = [self._needs(one) for one in node.inner]
        if node.part.choice and not all(needs):
            return ()
        return next((found for found in needs if found), ())
