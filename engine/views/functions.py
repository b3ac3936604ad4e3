"""The functions of paths, each made from what it works on and from its arguments."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.views import moments
from engine.views.operators import decimal, is_number
from engine.views.step import RowError, Run, Scope, Values, one, truth

_REFERENCE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?\Z", re.ASCII)
"""A relative literal reference: the one kind that says which row it means."""


def constant(value: Any) -> Run:
    """Always this one value."""
    values = [value]
    return lambda item, scope: values


def this() -> Run:
    """The element itself; the empty list for the element that is not there."""
    return lambda item, scope: [] if item is None else [item]


def nothing(item: Any, scope: Scope) -> Values:
    """No value."""
    return []


def members(source: Run, keys: tuple[str, ...]) -> Run:
    """What the members of these names hold, lists laid flat."""

    def run(item: Any, scope: Scope) -> Values:
        found: Values = []
        for element in source(item, scope):
            if isinstance(element, dict):
                for key in keys:
                    _gather(element.get(key), found)
        return found

    return member(source, keys[0]) if len(keys) == 1 else run


def member(source: Run, key: str) -> Run:
    """What the members of this one name hold: most of what paths do, and so without a call for each."""

    def run(item: Any, scope: Scope) -> Values:
        found: Values = []
        for element in source(item, scope):
            value = element.get(key) if isinstance(element, dict) else None
            if isinstance(value, list):
                found.extend([one for one in value if one is not None])
            elif value is not None:
                found.append(value)
        return found

    return run


def chain(keys: tuple[str, ...]) -> Run:
    """What members lead to from the element itself, one after the other: most paths are that, or begin so."""
    steps = tuple(enumerate(keys))

    def run(item: Any, scope: Scope) -> Values:
        value = item
        for place, key in steps:
            if isinstance(value, list):
                return _below(value, keys[place:])
            value = value.get(key) if isinstance(value, dict) else None
            if value is None:
                return []
        return [one for one in value if one is not None] if isinstance(value, list) else [value]

    return run


def choice(source: Run, name: str) -> Run:
    """What a member holds whose type nobody knows: that of this name, else that of its choice (`valueString`)."""
    spelled = re.compile(re.escape(name) + "[A-Z]")

    def run(item: Any, scope: Scope) -> Values:
        found: Values = []
        for element in source(item, scope):
            if isinstance(element, dict):
                keys = [name] if name in element else [key for key in element if spelled.match(key)]
                for key in keys:
                    _gather(element[key], found)
        return found

    return run


def index(source: Run, position: Run, place: str) -> Run:
    """The value at a position that counts from 0."""

    def run(item: Any, scope: Scope) -> Values:
        number = one(position(item, scope), place)
        if number is None:
            return []
        if not isinstance(number, int) or isinstance(number, bool):
            raise RowError(f"{place}: the index is no integer - write [0], or a constant with valueInteger")
        return source(item, scope)[number : number + 1] if number >= 0 else []

    return run


def where(source: Run, criteria: Run, place: str) -> Run:
    """The values for which the criteria hold."""

    def run(item: Any, scope: Scope) -> Values:
        return [element for element in source(item, scope) if truth(criteria(element, scope), place)]

    return run


def count_as(source: Run, wanted: bool) -> Run:
    """`exists()`: whether there is any value; `empty()` where `wanted` is False."""
    return lambda item, scope: [bool(source(item, scope)) is wanted]


def first(source: Run) -> Run:
    """The first value."""
    return lambda item, scope: source(item, scope)[:1]


def negated(source: Run, place: str) -> Run:
    """`not()`; empty where nothing is there."""

    def run(item: Any, scope: Scope) -> Values:
        found = truth(source(item, scope), place)
        return [] if found is None else [not found]

    return run


def join(source: Run, separator: Run, place: str) -> Run:
    """The texts in one, "" of none."""

    def run(item: Any, scope: Scope) -> Values:
        texts = source(item, scope)
        between = one(separator(item, scope), place)
        if not isinstance(between, str) or not all(isinstance(text, str) for text in texts):
            raise RowError(f"{place}: join() takes texts - narrow the path to elements that are text")
        return [between.join(texts)]

    return run


def of_resource_type(source: Run, name: str) -> Run:
    """The resources of this type."""

    def run(item: Any, scope: Scope) -> Values:
        found = source(item, scope)
        return [one for one in found if isinstance(one, dict) and one.get("resourceType") == name]

    return run


def extension(source: Run, url: Run, place: str) -> Run:
    """The extensions of this url."""

    def run(item: Any, scope: Scope) -> Values:
        wanted = one(url(item, scope), place)
        return [one for one in source(item, scope) if isinstance(one, dict) and one.get("url") == wanted]

    return run


def resource_key(source: Run) -> Run:
    """The id of a resource."""

    def run(item: Any, scope: Scope) -> Values:
        found = source(item, scope)
        return [one["id"] for one in found if isinstance(one, dict) and "resourceType" in one and "id" in one]

    return run


def reference_key(source: Run, kind: str | None) -> Run:
    """The id that a relative reference names; nothing for other references, and for another type than `kind`."""

    def run(item: Any, scope: Scope) -> Values:
        return [key for one in source(item, scope) if (key := _referred(one, kind))]

    return run


def boundary(source: Run, kind: str | None, late: bool, place: str) -> Run:
    """`lowBoundary()`, or `highBoundary()` where `late`: the least or greatest that a value of its precision means."""
    of_moment: Callable[[str, str], str | None] = moments.high_boundary if late else moments.low_boundary

    def run(item: Any, scope: Scope) -> Values:
        value = one(source(item, scope), place)
        if isinstance(value, dict):
            value = value.get("end" if late else "start")
        if isinstance(value, str):
            found: Any = of_moment(value, kind or ("time" if value[2:3] == ":" else "dateTime"))
        elif is_number(value):
            found = _number_boundary(value, late)
        else:
            found = None
        return [] if found is None else [found]

    return run


def _gather(value: Any, found: Values) -> None:
    if isinstance(value, list):
        found.extend(one for one in value if one is not None)
    elif value is not None:
        found.append(value)


def _below(values: Values, keys: tuple[str, ...]) -> Values:
    for key in keys:
        found: Values = []
        for element in values:
            value = element.get(key) if isinstance(element, dict) else None
            if isinstance(value, list):
                found.extend([one for one in value if one is not None])
            elif value is not None:
                found.append(value)
        values = found
    return values


def _referred(reference: Any, kind: str | None) -> str | None:
    text = reference.get("reference") if isinstance(reference, dict) else None
    match = _REFERENCE.match(text) if isinstance(text, str) else None
    return match[2] if match and kind in (None, match[1]) else None


def _number_boundary(value: float, late: bool) -> float:
    number = decimal(value)
    exponent = number.as_tuple().exponent
    half = Decimal(5).scaleb((exponent if isinstance(exponent, int) else 0) - 1)
    return float(number + half if late else number - half)
