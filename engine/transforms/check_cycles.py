"""Checking how datatype mappings use each other: never in a circle, and not too deep."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Mapping as ReadOnly

from engine.language.gather import Gather
from engine.transforms.mapping import Mapping, Rule

DEEPEST = 16
"""Datatype mappings inside each other: each is a call within a call, when it is compiled and when it runs."""

MOST_TOLD = 100

Uses = dict[str, set[str]]
"""By datatype mapping, those that its own lines use."""


def check_cycles(datatypes: ReadOnly[str, Mapping], asked: Collection[str], gather: Gather) -> None:
    """Note which of those asked for come back to themselves, or hold others inside each other too deep."""
    uses = {name: set(_used((*mapping.rules, *mapping.display))) for name, mapping in datatypes.items()}
    left = _peel(uses)
    concerned = [one for one in asked if one in left][:MOST_TOLD]
    circling = [one for one in concerned if one in _reached(one, uses)]
    for name in circling:
        gather.add(datatypes[name].mark, "M316", name, "the datatype mapping uses itself", "take it out")
    for name in [] if circling else concerned[:1]:
        gather.add(datatypes[name].mark, "M201", name, f"is nested deeper than {DEEPEST}", "make it flatter")


def _peel(uses: Uses) -> set[str]:
    """What is left when the datatype mappings that use none but those before are taken out, layer by layer."""
    left = dict(uses)
    for _ in range(DEEPEST):
        layer = [name for name, used in left.items() if not used & left.keys()]
        for name in layer:
            del left[name]
        if not layer or not left:
            break
    return set(left)


def _reached(name: str, uses: Uses) -> set[str]:
    reached: set[str] = set()
    waiting = set(uses[name])
    while waiting:
        reached |= waiting
        waiting = set().union(*(uses.get(one, set()) for one in waiting)) - reached
    return reached


def _used(rules: Iterable[Rule]) -> Iterator[str]:
    for one in (one for rule in rules for one in rule.alternatives):
        yield from (
            term.type for term in (one.source.terms if one.source else ()) if term.type and not term.is_built_in
        )
        yield from _used(one.rules)
