"""What two sets of mappings make of one message, compared: resources by their ids, and their values by element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import orjson

from engine.canonical.resource import Resource
from engine.transforms.transform import Transformed

Kind = Literal["added", "removed", "changed", "moved"]
"""Of values; `moved`: the same values stand in another order, or beside others."""

RANKS = ("deleted", "inferred")
"""What a resource says of its elements, and not in its body."""


class Difference(NamedTuple):
    """One value that is otherwise: `element` is `name.family`, or "" for a resource as a whole."""

    type: str
    element: str
    kind: Kind
    old: Any = None
    new: Any = None


def compare(old: Transformed, new: Transformed) -> Iterator[Difference]:
    """Every difference; of a message that only one set maps, none but what the refusals say."""
    if old.refusal or new.refusal:
        return
    before = {(one.type, one.id): one for one in old.resources}
    after = {(one.type, one.id): one for one in new.resources}
    for key in before.keys() - after.keys():
        yield Difference(key[0], "", "removed")
    for key in after.keys() - before.keys():
        yield Difference(key[0], "", "added")
    for key in before.keys() & after.keys():
        yield from compare_resources(before[key], after[key])


def compare_resources(old: Resource, new: Resource) -> Iterator[Difference]:
    """What differs in two states of one resource."""
    for element in sorted(old.body.keys() | new.body.keys()):
        before, after = old.body.get(element), new.body.get(element)
        if _spell(before) != _spell(after):
            yield from _compare(old.type, element, before, after)
    for rank in RANKS:
        told, tells = set(getattr(old, rank)), set(getattr(new, rank))
        yield from (Difference(old.type, f"{element} ({rank})", "removed") for element in sorted(told - tells))
        yield from (Difference(old.type, f"{element} ({rank})", "added") for element in sorted(tells - told))
    if old.weak != new.weak:
        yield Difference(old.type, "(weak)", "added" if new.weak else "removed")


def _compare(kind: str, element: str, old: Any, new: Any) -> Iterator[Difference]:
    before, after = _leaves(element, old), _leaves(element, new)
    found = [one for path in sorted(before.keys() | after.keys()) for one in _values(kind, path, before, after)]
    yield from found or [Difference(kind, element, "moved")]


def _values(kind: str, path: str, before: dict[str, list[Any]], after: dict[str, list[Any]]) -> Iterator[Difference]:
    gone, come = (
        _surplus(before.get(path, []), after.get(path, [])),
        _surplus(after.get(path, []), before.get(path, [])),
    )
    shared = min(len(gone), len(come))
    yield from (Difference(kind, path, "changed", *pair) for pair in zip(gone, come, strict=False))
    yield from (Difference(kind, path, "removed", old=value) for value in gone[shared:])
    yield from (Difference(kind, path, "added", new=value) for value in come[shared:])


def _surplus(values: list[Any], others: list[Any]) -> list[Any]:
    """The values that the others do not hold, each as often as it is missing there, in order."""
    counted = Counter(map(orjson.dumps, others))
    kept = []
    for value in values:
        spelled = orjson.dumps(value)
        if counted[spelled]:
            counted[spelled] -= 1
        else:
            kept.append(value)
    return kept


def _leaves(path: str, value: Any) -> dict[str, list[Any]]:
    """The single values below an element, by their paths without the indices of lists."""
    found: dict[str, list[Any]] = {}
    waiting = [(path, value)]
    while waiting:
        at, one = waiting.pop()
        if isinstance(one, dict):
            waiting += [(f"{at}.{name}", inner) for name, inner in reversed(one.items())]
        elif isinstance(one, list):
            waiting += [(at, inner) for inner in reversed(one)]
        elif one is not None:
            found.setdefault(at, []).append(one)
    return found


def _spell(value: Any) -> bytes:
    """The value as JSON, where false is not 0; the order of keys says nothing."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
