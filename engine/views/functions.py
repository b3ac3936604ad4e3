"""The functions of paths, each made from what it works on and from its arguments."""

from __future__ import annotations

from typing import Any

from engine.views.changes import Change
from engine.views.step import RowError, Run, Scope, Values, one, truth


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


def row_index(item: Any, scope: Scope) -> Values:
    """The place of the element in its iteration."""
    return [scope.place]


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


def of_each(source: Run, change: Change) -> Run:
    """Each value changed; None is left out."""

    def run(item: Any, scope: Scope) -> Values:
        return [found for one in source(item, scope) if (found := change(one)) is not None]

    return run


def of_one(source: Run, change: Change, place: str) -> Run:
    """The only value changed; None is left out."""

    def run(item: Any, scope: Scope) -> Values:
        found = change(one(source(item, scope), place))
        return [] if found is None else [found]

    return run


def resource_keys(source: Run) -> Run:
    """The ids of resources."""

    def run(item: Any, scope: Scope) -> Values:
        found = source(item, scope)
        return [one["id"] for one in found if isinstance(one, dict) and "resourceType" in one and "id" in one]

    return run
