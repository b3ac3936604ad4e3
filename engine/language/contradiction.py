"""Conditions that can never hold, such as `PID-8 = M and PID-8 = F`.

What is told is certain; a condition that is too large to look through, or whose parts only a message could set against
each other, passes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import NamedTuple

from engine.language.condition import All, Any, Begins, Compares, Condition, Equals, Leaf, Not, Reads, Same, Valued
from engine.language.fault import Mark
from engine.language.path import Path

MOST_WAYS = 256
"""Ways in which a condition may hold that are looked through."""

MOST_PAIRS = 1 << 15
"""Pairs of tests that are set against each other, in all these ways."""

IsSingle = Callable[[Path], bool]
"""Whether there is one value at most at a path."""


class Claim(NamedTuple):
    """A single test of a condition, and whether it must hold or must not."""

    leaf: Leaf
    holds: bool


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Where a condition contradicts itself, and how."""

    mark: Mark
    what: str


def contradiction(condition: Condition, is_single: IsSingle) -> Contradiction | None:
    """Why a condition can never hold, None where it may."""
    ways = _ways(condition, True)
    if ways is None or sum(len(way) ** 2 for way in ways) > MOST_PAIRS:
        return None
    found = [_conflict(way, is_single) for way in ways]
    return found[0] if all(found) and found else None


def _ways(condition: Condition, holds: bool) -> list[tuple[Claim, ...]] | None:
    """Every set of tests that makes the condition hold; None where they are too many."""
    if isinstance(condition, Not):
        return _ways(condition.part, not holds)
    if not isinstance(condition, All | Any):
        return [(Claim(condition, holds),)]
    parts = [_ways(part, holds) for part in condition.parts]
    told = [part for part in parts if part is not None]
    if len(told) < len(parts):
        return None
    if isinstance(condition, Any) == holds:
        return [way for part in told for way in part]
    size = 1
    for part in told:
        size *= len(part)
    return [sum(ways, ()) for ways in product(*told)] if size <= MOST_WAYS else None


def _conflict(tests: Sequence[Claim], is_single: IsSingle) -> Contradiction | None:
    for one, other in [*((test, test) for test in tests), *combinations(tests, 2)]:
        if _key(one.leaf) == _key(other.leaf) and _excludes(one, other, is_single):
            both = spell(one) if one is other else f"{spell(one)} and {spell(other)}"
            return Contradiction(other.leaf.mark, f"can never hold: {both}")
    return None


def _key(leaf: Leaf) -> tuple[Path, str]:
    return leaf.path, "value" if isinstance(leaf, Begins | Valued | Reads | Same) else leaf.measure


def _excludes(one: Claim, other: Claim, is_single: IsSingle) -> bool:
    """Whether two tests of the same thing can never both come out so."""
    return any(
        _refuted(first, second) or (is_single(first.leaf.path) and _apart(first, second))
        for first, second in ((one, other), (other, one))
    )


def _refuted(one: Claim, other: Claim) -> bool:
    """Whether the second must not hold and the first says that it does, be the values one or many."""
    if other.holds or not one.holds:
        return False
    if isinstance(other.leaf, Valued):
        return _key(one.leaf)[1] == "value" and "" not in getattr(one.leaf, "texts", ())
    if isinstance(one.leaf, Equals) and isinstance(other.leaf, Equals):
        return set(one.leaf.texts) <= set(other.leaf.texts)
    return one.leaf == other.leaf


def _apart(one: Claim, other: Claim) -> bool:
    """Whether two tests of one value, which both must hold, leave it no value."""
    if not (one.holds and other.holds):
        return False
    first, second = one.leaf, other.leaf
    if isinstance(first, Equals):
        return not any(_passes(text, second) for text in first.texts)
    return isinstance(first, Compares) and isinstance(second, Compares) and _no_number_between(first, second)


def _passes(text: str, leaf: Leaf) -> bool:
    if isinstance(leaf, Equals):
        return any(text == other or _number(text) == _number(other) is not None for other in leaf.texts)
    if isinstance(leaf, Begins):
        return text.startswith(leaf.texts)
    if not isinstance(leaf, Compares):
        return True
    number = _number(text)
    return leaf.measure == "value" if number is None else _in_order(number, leaf)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _no_number_between(one: Compares, other: Compares) -> bool:
    lowest = max([leaf.number for leaf in (one, other) if leaf.order[0] == ">"], default=None)
    highest = min([leaf.number for leaf in (one, other) if leaf.order[0] == "<"], default=None)
    if one.measure != "value" and (lowest is None or lowest < 0):
        lowest = 0.0
    if lowest is None or highest is None:
        return False
    if lowest == highest:
        return not all(_in_order(lowest, leaf) for leaf in (one, other))
    return lowest > highest


def _in_order(number: float, leaf: Compares) -> bool:
    if number == leaf.number:
        return "=" in leaf.order
    return (number < leaf.number) == (leaf.order[0] == "<")


def spell(test: Claim) -> str:
    """A test as a mapping writes it."""
    leaf = test.leaf
    no = "" if test.holds else "not "
    if isinstance(leaf, Valued):
        return f"{leaf.path} {no}valued"
    if isinstance(leaf, Reads):
        return f"{leaf.path} is {no}{leaf.type}"
    if isinstance(leaf, Same):
        return f"{leaf.path} is {no}{leaf.other}"
    if isinstance(leaf, Begins):
        return f"{no}{leaf.path} begins {'|'.join(leaf.texts)}"
    named = f"{leaf.path}" if leaf.measure == "value" else f"{leaf.measure}({leaf.path})"
    if isinstance(leaf, Compares):
        return f"{no}{named} {leaf.order} {leaf.number:g}"
    return f"{named} {'=' if test.holds else '!='} {'|'.join(leaf.texts)}"
