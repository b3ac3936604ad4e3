"""Elements that FHIR requires, and whether a mapping fills them whatever a message leaves out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from engine.canonical import r4
from engine.transforms.mapping import Alternative, Refers, Rule

IsMade = Callable[[Refers], bool]
"""Whether there is a resource for a reference to point to."""


def missing_required(kind: str, rules: Iterable[Rule], given: Collection[str], is_made: IsMade) -> Iterator[str]:
    """What is wrong with each required element that may be missing; those in `given` are there for another reason."""
    required = r4.required(kind).difference(given)
    if not required:
        return
    filled: dict[str, list[Rule]] = {}
    for one in rules:
        filled.setdefault(r4.choice_base(kind, one.steps[0].name), []).append(one)
    for base in sorted(required):
        if base not in filled:
            yield f"nothing fills {base!r}"
        elif not is_sure(filled[base], is_made):
            yield f"{base!r}, which every {kind} has, may be left out"


def is_sure(rules: Sequence[Rule], is_made: IsMade) -> bool:
    """Whether an element that these rules fill is there whatever a message holds.

    Constants inside it stand only beside something that is sent, unless there are no others. A reference is where its
    target is.
    """
    ways = [(rule, one) for rule in rules for one in rule.alternatives if always_gives(one, is_made)]
    constant = all(rule.alternatives and not any(one.source for one in rule.alternatives) for rule in rules)
    return any(constant or one.source or len(rule.steps) == 1 for rule, one in ways)


def always_gives(one: Alternative, is_made: IsMade) -> bool:
    """Whether an alternative fills its element whatever a message holds."""
    if one.when is not None or one.rules:
        return False
    if one.refers:
        return is_made(one.refers)
    return one.source is None or one.source.default is not None
