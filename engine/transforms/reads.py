"""What the mapping of a message reads of it, to the subcomponent.

A line reads what it takes a value from, or asks for in a condition, whether or not the condition holds. A plain path
reads its first component and of that the first subcomponent; a datatype mapping what its own lines read; the types
`text` and `base64` all that stands there. A segment counts as read wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engine.hl7.path import ALL
from engine.language.condition import Condition, paths_of
from engine.language.path import FieldPath
from engine.language.term import Term
from engine.transforms.mapping import Identity, MessageMapping, ResourceRule, Sources
from engine.transforms.naming import PATIENT_IDENTIFIER
from engine.transforms.plan import trees_of
from engine.transforms.tree import Branch, grow
from engine.transforms.values import TYPES

ENGINE = {"MSH": (1, 2, 3, 4, 7, 9, 10, 11, 12, 13, 15, 16, 18), "EVN": (1, 2)}
"""The fields that the engine itself reads of any message: delimiters, sender, type, time, number, version, charset."""


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
        identity = rule.identity or self._sources.segments[f"{rule.segment}.{rule.type}"].identity
        once, many = trees_of(rule, self._sources)
        for tree in (once, *many):
            for term in terms_of(tree):
                self.note(term.path, self._field_parts(term))
        for path in (*_asked(rule.when), *_named_by(identity)):
            self.note(path, [_plain(path)])
        if any(name.word == PATIENT_IDENTIFIER for one in identity for name in one.names):
            self.note(FieldPath("PID", 3, repetition=ALL), [Part(1, 1), Part(4, 1), Part(5, ALL)])

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
            tree, _ = grow(mapping.type, mapping.rules, mapping.mark)
            self._datatypes[name] = frozenset(part for term in terms_of(tree) for part in self._value_parts(term))
        return self._datatypes[name]

    def _value_parts(self, term: Term) -> list[Part]:
        component = term.path.component or 1
        if term.type is None or term.is_built_in:
            return [Part(component, ALL) if _is_whole(term) else _plain(term.path)]
        return [Part(component, inner.component) for inner in self._datatype(term.type)]


def terms_of(tree: Branch) -> Iterator[Term]:
    """Every path that a tree reads, with the type it is read as; conditions read texts."""
    yield from (Term(path) for path in _asked(tree.when))
    for entry in tree.children():
        if isinstance(entry, Branch):
            yield from terms_of(entry)
            continue
        for one in entry.alternatives:
            yield from (Term(path) for path in _asked(one.when))
            for term in one.source.terms if one.source else ():
                yield from (
                    (Term(path) for path in term.pieces if isinstance(path, FieldPath)) if term.pieces else (term,)
                )


def _asked(condition: Condition | None) -> Iterator[FieldPath]:
    return (path for path in paths_of(condition) if isinstance(path, FieldPath)) if condition else iter(())


def _named_by(identity: tuple[Identity, ...]) -> Iterator[FieldPath]:
    return (path for one in identity for name in one.names for path in name.paths)


def _plain(path: FieldPath) -> Part:
    return Part(path.component or 1, path.subcomponent or 1)


def _is_whole(term: Term) -> bool:
    return term.type is not None and TYPES[term.type].whole
