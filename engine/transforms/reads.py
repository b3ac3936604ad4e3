"""What the mapping of a message reads of it, to the subcomponent.

A line reads what it takes a value from, or asks for in a condition, whether or not the condition holds. A plain path
reads its first component and of that the first subcomponent; a datatype mapping what its own lines read; the types
`text`, `base64` and `encoded` all that stands there. A segment counts as read wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from engine.hl7.path import ALL
from engine.language.path import FieldPath
from engine.language.term import Term
from engine.transforms.mapping import Identity, MessageMapping, ResourceRule, Sources
from engine.transforms.naming import NUMBERED
from engine.transforms.trees import condition_paths, conditions_of, terms_of, trees_of, value_trees
from engine.transforms.values import TYPES

ENGINE = {"MSH": (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 16, 18), "EVN": (1, 2)}
"""The fields that the engine itself reads of any message.

Delimiters, sender, receiver (who sends the answer), time, type, number, version, what is to be answered, charset.
"""


class Part(NamedTuple):
    """A part of a value; ALL for the whole of what stands there."""

    component: int = ALL
    subcomponent: int = ALL


Parts = dict[int, set[int]]
"""Subcomponents by component, ALL for the whole."""


class FieldReads:
    """What is read of one field."""

    def __init__(self) -> None:
        self._by_repetition: dict[int, Parts] = {}
        self._known: dict[int, Parts] = {}

    def add(self, repetition: int, part: Part) -> None:
        """Note that this is read of a repetition, or of each (ALL)."""
        self._by_repetition.setdefault(repetition, {}).setdefault(part.component, set()).add(part.subcomponent)
        self._known.clear()

    def of(self, repetition: int) -> Parts:
        """What is read of a repetition, empty for nothing."""
        found = self._known.get(repetition)
        if found is None:
            found = self._known[repetition] = self._of(repetition)
        return found

    def _of(self, repetition: int) -> Parts:
        every, own = self._by_repetition.get(ALL, {}), self._by_repetition.get(repetition, {})
        return {one: every.get(one, set()) | own.get(one, set()) for one in every.keys() | own.keys()}

    @property
    def read_repetitions(self) -> int:
        """The number of repetitions, from the first on, of which something is read; ALL for every one."""
        if ALL in self._by_repetition:
            return ALL
        return next(number for number in range(1, 1 << 20) if number not in self._by_repetition) - 1


Reads = dict[tuple[str, int], FieldReads]
"""By segment and field."""


def reads_of(message: MessageMapping, sources: Sources) -> Reads:
    """What a message mapping reads; `sources` are those with the overlay of the sender."""
    reader = _Reader(sources)
    for segment, fields in ENGINE.items():
        for field in fields:
            reader.note(FieldPath(segment, field, repetition=ALL), [Part()])
    for group in message.body.walk():
        for rule in group.resources:
            reader.read_rule(rule)
    return reader.reads


class _Reader:
    """Goes through the lines of one message mapping."""

    def __init__(self, sources: Sources) -> None:
        self.reads: Reads = {}
        self._sources = sources
        self._datatypes: dict[str, frozenset[Part]] = {}

    def note(self, path: FieldPath, parts: list[Part]) -> None:
        found = self.reads.setdefault((path.segment, path.field), FieldReads())
        for part in parts:
            found.add(path.repetition, part)

    def read_rule(self, rule: ResourceRule) -> None:
        identity = rule.identity or self._sources.segments[rule.mapping].identity
        once, parts = trees_of(rule, self._sources)
        for tree in (once, *(part.tree for part in parts)):
            for term in terms_of(tree):
                self.note(term.path, self._field_parts(term))
        asked = [path for condition in conditions_of(rule) for path in condition_paths(condition)]
        for path in (*asked, *_named_by(identity)):
            self.note(path, [_plain(path)])
        words = {name.word for one in identity for name in one.names}
        for word, field in NUMBERED.items():
            if word in words:
                self.note(replace(field, repetition=ALL), [Part(1, 1), Part(4, 1), Part(5, ALL)])

    def _field_parts(self, term: Term) -> list[Part]:
        """What a line over a segment reads of a repetition."""
        path = term.path
        if term.type is None or term.is_built_in:
            return [Part(path.component or ALL, ALL) if _is_whole(term) else _plain(path)]
        inner = self._datatype(term.type)
        return [Part(path.component, one.component) for one in inner] if path.component else list(inner)

    def _datatype(self, name: str) -> frozenset[Part]:
        """What a datatype mapping reads of a value."""
        if name not in self._datatypes:
            mapping = self._sources.datatypes[name]
            terms = [term for tree in value_trees(mapping) for term in terms_of(tree)]
            terms += [Term(path) for path in _named_by(mapping.identity)]
            self._datatypes[name] = frozenset(part for term in terms for part in self._value_parts(term))
        return self._datatypes[name]

    def _value_parts(self, term: Term) -> list[Part]:
        component = term.path.component or 1
        if term.type and not term.is_built_in and term.path.component is None:
            return list(self._datatype(term.type))
        if term.type is None or term.is_built_in:
            return [Part(component, ALL) if _is_whole(term) else _plain(term.path)]
        return [Part(component, inner.component) for inner in self._datatype(term.type)]


def _named_by(identity: tuple[Identity, ...]) -> Iterator[FieldPath]:
    return (path for one in identity for name in one.names for path in name.paths)


def _plain(path: FieldPath) -> Part:
    return Part(path.component or 1, path.subcomponent or 1)


def _is_whole(term: Term) -> bool:
    return term.type is not None and TYPES[term.type].whole
