"""Lineage: for every element that a message may fill, the fields it comes from and the line that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from engine.canonical.r4 import is_resource
from engine.language.fault import Mark
from engine.language.path import FieldPath
from engine.language.term import Term
from engine.transforms.mapping import Alternative, Mapping, MessageMapping, Overlay, Sources
from engine.transforms.mapping_set import layered
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


Asks = Callable[[Line], bool]


def _every(_: Line) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Changed:
    """What an overlay changes: where it stands, and the datatype mappings that read a field otherwise because of it."""

    file: str
    datatypes: frozenset[str]

    def says(self, one: Alternative) -> bool:
        """Whether the overlay says this."""
        return one.mark.file == self.file


def lineage(sources: Sources, is_asked: Asks = _every) -> Iterator[Line]:
    """Every line of every message mapping, those of the segment mappings it uses included, and what overlays change.

    With `is_asked` those of which that holds, whatever message they are of.
    """
    fields = _Fields(sources, is_asked)
    for message in sources.messages:
        yield from _message(message, sources, None, fields)
    for overlay in sources.overlays:
        changed = layered(sources, overlay)
        only = Changed(overlay.mark.file, _affected(overlay, changed))
        fields = _Fields(changed, is_asked)
        for message in changed.messages:
            yield from (replace(line, overlay=overlay.name) for line in _message(message, changed, only, fields))


def _affected(overlay: Overlay, sources: Sources) -> frozenset[str]:
    """The datatype mappings that an overlay changes, and those that use them."""
    used = {name: _used(one) for name, one in sources.datatypes.items()}
    found = frozenset(overlay.datatypes)
    while more := {name for name, inner in used.items() if inner & found} - found:
        found |= more
    return found


def _used(mapping: Mapping) -> set[str]:
    terms = (term for tree in value_trees(mapping) for leaf in tree.leaves() for _, term in _terms(leaf))
    return {term.type for term in terms if term.type}


def _message(message: MessageMapping, sources: Sources, only: Changed | None, fields: _Fields) -> Iterator[Line]:
    """The lines of a message mapping; `only` those that an overlay changes."""
    for group in message.body.walk():
        for rule in group.resources:
            once, parts = trees_of(rule, sources)
            trees = (once, *(part.tree for part in parts))
            own = (line for tree in trees for line in _lines(message.name, rule.key, tree, _as_written, only))
            yield from filter(fields.is_asked, own)
            for one in fields.made_of(trees, _as_written, only):
                yield Line(message.name, one.resource, one.element, one.says, one.fields, one.mark)


class _Fields:
    """The lines of resources that datatype mappings make of fields, of no message: most are those of many messages."""

    def __init__(self, sources: Sources, is_asked: Asks) -> None:
        self._datatypes = sources.datatypes
        self.is_asked = is_asked
        self._known: dict[tuple[str, FieldPath, bool], tuple[Line, ...]] = {}

    def made_of(self, trees: Sequence[Branch], place: Place, only: Changed | None) -> Iterator[Line]:
        """The lines of what is made of the fields that these trees read; `only` those that an overlay changes."""
        for tree in trees:
            for one, term in (found for leaf in tree.leaves() for found in _terms(leaf)):
                mapping = self._datatypes.get(term.type or "")
                anew = None if only is None or only.says(one) else only
                if mapping and not (anew and mapping.name not in anew.datatypes):
                    yield from self._made_by(mapping, place(term.path), anew)

    def _made_by(self, mapping: Mapping, path: FieldPath, only: Changed | None) -> tuple[Line, ...]:
        key = (mapping.name, path, only is None)
        if key not in self._known:
            within, inner = partial(inside, path), value_trees(mapping)
            own = _lines("", mapping.type, inner[0], within, only) if is_resource(mapping.type) else ()
            self._known[key] = (*filter(self.is_asked, own), *self.made_of(inner, within, only))
        return self._known[key]


def _terms(leaf: Leaf) -> Iterator[tuple[Alternative, Term]]:
    for one in leaf.alternatives:
        yield from ((one, term) for term in (one.source.terms if one.source else ()))


def _as_written(path: FieldPath) -> FieldPath:
    return path


def inside(field: FieldPath, part: FieldPath) -> FieldPath:
    """A component of a field; inside of a component it is a subcomponent."""
    if field.component is None:
        return FieldPath(field.segment, field.field, 1, field.repetition, part.component, part.subcomponent)
    return FieldPath(field.segment, field.field, 1, field.repetition, field.component, part.component)


def _lines(message: str, resource: str, tree: Branch, place: Place, only: Changed | None) -> Iterator[Line]:
    for element, leaf in _leaves(tree, ""):
        for one in leaf.alternatives:
            if only is None or only.says(one):
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
