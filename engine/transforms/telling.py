"""Fields that conditions compare with texts again and again, as OBX-2: code is narrowed to what stands in them too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from engine.language.condition import Condition, Equals, parts_of
from engine.language.path import EVERY, FieldPath
from engine.transforms.tree import Branch

OFTEN = 8
"""So often a field has to be compared in all that a message may make."""

OFTEN_IN_VALUE = 3
"""The same of a component in all that a value may make."""

FIRST = 1


def telling_fields(trees: Iterable[Branch], conditions: Iterable[Condition]) -> Mapping[str, tuple[int, ...]]:
    """The numbers of such fields by segment."""
    asked = [*conditions, *(one for tree in trees for one in conditions_in(tree))]
    compared = [path for path in _compared(asked) if path.component is None and path.repetition in (EVERY, FIRST)]
    counts = Counter((path.segment, path.field) for path in compared if path.segment and path.repetition == FIRST)
    often = sorted(found for found, times in counts.items() if times >= OFTEN)
    return {name: tuple(number for segment, number in often if segment == name) for name, _ in often}


def telling_components(trees: Iterable[Branch]) -> tuple[int, ...]:
    """The places of such components in a value, counted from 0."""
    compared = _compared(one for tree in trees for one in conditions_in(tree))
    counts = Counter(path.component for path in compared if path.component and path.subcomponent in (None, 1))
    return tuple(sorted(number - 1 for number, times in counts.items() if times >= OFTEN_IN_VALUE))


def conditions_in(tree: Branch) -> Iterator[Condition]:
    """The conditions of a tree of elements."""
    if tree.when:
        yield tree.when
    for entry in tree.children():
        if isinstance(entry, Branch):
            yield from conditions_in(entry)
        else:
            yield from (one.when for one in entry.alternatives if one.when)


def _compared(conditions: Iterable[Condition]) -> Iterator[FieldPath]:
    for condition in conditions:
        for one in parts_of(condition):
            if isinstance(one, Equals) and one.measure == "value" and isinstance(one.path, FieldPath):
                yield one.path
