"""Lineage: for every element that a message may fill, the fields it comes from and the line that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from engine.canonical.r4 import is_resource
from engine.language.fault import Mark
from engine.language.path import FieldPath
from engine.language.term import Term
from engine.transforms.mapping import Alternative, MessageMapping, Overlay, Sources
from engine.transforms.mapping_set import below, overlaid
from engine.transforms.tree import Branch, Leaf
from engine.transforms.trees import condition_paths, trees_of, value_trees

Place = Callable[[FieldPath], FieldPath]
"""What a path is in a message: that of a component lies inside the field that is read."""


@dataclass(frozen=True, slots=True)
class Line:
    """One way in which one element of a resource is filled."""

    message: str
    resource: str
    element: str
    """Its path in the resource, such as `period.start`."""
    says: str
    """The right side as it is written, "" for a constant."""
    fields: tuple[FieldPath, ...]
    """What the value is read from, and what the conditions look at."""
    mark: Mark
    overlay: str = ""
    """The overlay that says so, "" for the standard mappings."""

    def reads(self, path: FieldPath) -> bool:
        """Whether the line reads the field of that path, and the component where the path names one."""
        return any(_overlap(one, path) for one in self.fields)


def lineage(sources: Sources) -> Iterator[Line]:
    """Every line of every message mapping, those of the segment mappings it uses included, and what overlays change."""
    standard = [line for message in sources.messages for line in _message(message, sources)]
    yield from standard
    known = set(standard)
    for overlay in sources.overlays:
        yield from _changes(overlay, sources, known)


def _changes(overlay: Overlay, sources: Sources, known: set[Line]) -> Iterator[Line]:
    before = below(sources, overlay)
    changed = overlaid(before, overlay)
    if before is not sources:
        known = known | {line for message in before.messages for line in _message(message, before)}
    for message in changed.messages:
        for line in _message(message, changed):
            if line not in known:
                yield replace(line, overlay=overlay.name)


def _message(message: MessageMapping, sources: Sources) -> Iterator[Line]:
    for group in message.body.walk():
        for rule in group.resources:
            once, parts = trees_of(rule, sources)
            trees = (once, *(part.tree for part in parts))
            yield from (line for tree in trees for line in _lines(message.name, rule.key, tree, _as_written))
            yield from _made_of_fields(message.name, trees, sources, _as_written)


def _made_of_fields(message: str, trees: Sequence[Branch], sources: Sources, place: Place) -> Iterator[Line]:
    """The lines of the resources that datatype mappings make of the fields that these trees read."""
    for tree in trees:
        for term in (term for leaf in tree.leaves() for term in _terms(leaf)):
            mapping = sources.datatypes.get(term.type or "")
            if mapping is None:
                continue
            within = partial(inside, place(term.path))
            inner = value_trees(mapping)
            if is_resource(mapping.type):
                yield from _lines(message, mapping.type, inner[0], within)
            yield from _made_of_fields(message, inner, sources, within)


def _terms(leaf: Leaf) -> Iterator[Term]:
    for one in leaf.alternatives:
        yield from one.source.terms if one.source else ()


def _as_written(path: FieldPath) -> FieldPath:
    return path


def inside(field: FieldPath, part: FieldPath) -> FieldPath:
    """A component of a field; inside of a component it is a subcomponent."""
    if field.component is None:
        return FieldPath(field.segment, field.field, 1, field.repetition, part.component, part.subcomponent)
    return FieldPath(field.segment, field.field, 1, field.repetition, field.component, part.component)


def _lines(message: str, resource: str, tree: Branch, place: Place) -> Iterator[Line]:
    for element, leaf in _leaves(tree, ""):
        for one in leaf.alternatives:
            yield _line(message, resource, element, one, place)


def _leaves(branch: Branch, above: str) -> Iterator[tuple[str, Leaf]]:
    for name, entries in branch.entries.items():
        for entry in entries.values():
            if isinstance(entry, Branch):
                yield from _leaves(entry, f"{above}{name.removeprefix('_')}.")
            else:
                yield f"{above}{name}", entry


def _line(message: str, resource: str, element: str, one: Alternative, place: Place) -> Line:
    values = [path for term in one.source.terms for path in term.paths] if one.source else []
    paths = tuple(place(path) for path in (*values, *condition_paths(one.when)))
    says = one.source.text if one.source else f"refers: {one.refers.key}" if one.refers else ""
    return Line(message, resource, element, says, paths, one.mark)


def _overlap(read: FieldPath, asked: FieldPath) -> bool:
    same = (read.segment, read.field) == (asked.segment, asked.field)
    return same and (asked.component is None or read.component in (None, asked.component))
