"""Conditions over events: a route's `when` as one function of a resource's JSON.

A step of a path without an index means each value, as `[*]` does: a code that is asked for is found in whichever coding
it stands. A number equals the text that reads as the same number.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from engine.canonical.resource import Body
from engine.language import condition as language
from engine.language.condition import All, Compares, Condition, Equals, Not, Valued
from engine.language.path import EVERY, ElementPath, Path, Step

Match = Callable[[Body], bool]

_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def compile_match(condition: Condition) -> Match:
    """The function that is true of the events for which the condition holds."""
    if isinstance(condition, Not):
        inner = compile_match(condition.part)
        return lambda body: not inner(body)
    if isinstance(condition, All | language.Any):
        parts = [compile_match(part) for part in condition.parts]
        joined = all if isinstance(condition, All) else any
        return lambda body: joined(part(body) for part in parts)
    steps = steps_of(condition.path)
    if isinstance(condition, Equals):
        return _equals(condition, steps)
    if isinstance(condition, Compares):
        return _compares(condition, steps)
    if isinstance(condition, Valued):
        return lambda body: bool(read_values(body, steps))
    raise TypeError("a route asks for a type, which its reader refuses")


def steps_of(path: Path) -> tuple[Step, ...]:
    """The steps of a path into a resource."""
    return path.steps if isinstance(path, ElementPath) else ()


def read_values(body: Body, steps: Sequence[Step]) -> list[Any]:
    """The values at the path, in order; none where the event has none."""
    values: list[Any] = [body]
    for step in steps:
        values = [found for value in values if isinstance(value, dict) for found in _take(value.get(step.name), step)]
    return values


def _take(value: Any, step: Step) -> list[Any]:
    entries = value if isinstance(value, list) else [] if value is None else [value]
    if step.index in (None, EVERY):
        return entries
    return entries[step.index - 1 : step.index] if step.index else []


def _equals(condition: Equals, steps: Sequence[Step]) -> Match:
    texts = frozenset(condition.texts)
    numbers = frozenset(number for text in texts if (number := _number(text)) is not None)

    def equals(value: Any) -> bool:
        if isinstance(value, bool):
            return str(value).lower() in texts
        return value in numbers if isinstance(value, int | float) else isinstance(value, str) and value in texts

    return lambda body: any(equals(value) for value in _measured(read_values(body, steps), condition.measure))


def _compares(condition: Compares, steps: Sequence[Step]) -> Match:
    order, number = _ORDERS[condition.order], condition.number
    return lambda body: any(
        isinstance(value, int | float) and not isinstance(value, bool) and order(value, number)
        for value in _measured(read_values(body, steps), condition.measure)
    )


def _measured(values: list[Any], measure: language.Measure) -> list[Any]:
    if measure == "count":
        return [len(values)]
    return [len(str(value)) for value in values] if measure == "length" else values


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
