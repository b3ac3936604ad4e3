"""Lineage: for every element that a message may fill, the fields it comes from and the line that says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.language.condition import paths_of
from engine.language.fault import Mark
from engine.language.path import FieldPath
from engine.transforms.mapping import Alternative, MessageMapping, Overlay, Sources
from engine.transforms.mapping_set import below, overlaid
from engine.transforms.plan import trees_of
from engine.transforms.tree import Branch, Leaf


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
            once, many = trees_of(rule, sources)
            for tree in (once, *many):
                for element, leaf in _leaves(tree, ""):
                    for one in leaf.alternatives:
                        yield _line(message.name, rule.key, element, one)


def _leaves(branch: Branch, above: str) -> Iterator[tuple[str, Leaf]]:
    for name, entries in branch.entries.items():
        for entry in entries.values():
            if isinstance(entry, Branch):
                yield from _leaves(entry, f"{above}{name}.")
            else:
                yield f"{above}{name}", entry


def _line(message: str, resource: str, element: str, one: Alternative) -> Line:
    values = [path for term in one.source.terms for path in term.paths] if one.source else []
    asked = [path for path in paths_of(one.when) if isinstance(path, FieldPath)] if one.when else []
    return Line(message, resource, element, one.source.text if one.source else "", (*values, *asked), one.mark)


def _overlap(read: FieldPath, asked: FieldPath) -> bool:
    same = (read.segment, read.field) == (asked.segment, asked.field)
    return same and (asked.component is None or read.component in (None, asked.component))
