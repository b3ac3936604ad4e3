"""Lineage: for every element that a message may fill, the field it comes from and the line that says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.language.fault import Mark
from engine.language.path import FieldPath
from engine.transforms.mapping import MessageMapping, Sources
from engine.transforms.plan import trees_of
from engine.transforms.tree import Branch, Leaf


@dataclass(frozen=True, slots=True)
class Line:
    """One way in which one element of a resource is filled."""

    message: str
    resource: str
    element: str
    """Its path in the resource, such as `period.start`."""
    source: str
    """The right side as it is written, "" for a constant."""
    fields: tuple[FieldPath, ...]
    mark: Mark


def lineage(sources: Sources) -> Iterator[Line]:
    """Every line of every message mapping, those of the segment mappings it uses included."""
    for message in sources.messages:
        yield from _message(message, sources)


def _message(message: MessageMapping, sources: Sources) -> Iterator[Line]:
    for group in message.body.walk():
        for rule in group.resources:
            once, many = trees_of(rule, sources)
            for tree in (once, *many):
                for element, leaf in _leaves(tree, ""):
                    yield from _lines(message.name, rule.key, element, leaf)


def _leaves(branch: Branch, above: str) -> Iterator[tuple[str, Leaf]]:
    for name, entries in branch.entries.items():
        for entry in entries.values():
            if isinstance(entry, Branch):
                yield from _leaves(entry, f"{above}{name}.")
            else:
                yield f"{above}{name}", entry


def _lines(message: str, resource: str, element: str, leaf: Leaf) -> Iterator[Line]:
    for one in leaf.alternatives:
        paths = tuple(term.path for term in one.source.terms) if one.source else ()
        yield Line(message, resource, element, one.source.text if one.source else "", paths, one.mark)
