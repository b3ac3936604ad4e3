"""Elements read by the members that JSON has for them."""

from __future__ import annotations

import re
from typing import Any

from engine.views.step import Run, Scope, Values


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
