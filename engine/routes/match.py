"""Conditions over events: a route's `when` as one function of a resource's JSON.

A step of a path without an index means each value, as `[*]` does: a code that is asked for is found in whichever coding
it stands. A number equals the text that reads as the same number.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from engine.canonical.resource import Body
from engine.language import condition as language
from engine.language.condition import All, Begins, Compares, Condition, Equals, Not, Valued
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
        return _every(parts) if isinstance(condition, All) else _some(parts)
    steps = steps_of(condition.path)
    if isinstance(condition, Equals):
        return _equals(condition, steps)
    if isinstance(condition, Begins):
        texts = condition.texts
        return _through(steps, lambda value: isinstance(value, str) and value.startswith(texts))
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


def _equals(condition: Equals, steps: tuple[Step, ...]) -> Match:
    texts = frozenset(condition.texts)
    numbers = frozenset(number for text in texts if (number := _number(text)) is not None)

    def equals(value: Any) -> bool:
        if isinstance(value, str):
            return value in texts
        if isinstance(value, bool):
            return str(value).lower() in texts
        return isinstance(value, int | float) and value in numbers

    if condition.measure != "value" or not steps or steps[-1].index not in (None, EVERY):
        return _any_measured(steps, condition.measure, equals)
    return _through(steps[:-1], _text_within(steps[-1].name, texts, _every_value(steps[-1].name, equals)))


def _compares(condition: Compares, steps: tuple[Step, ...]) -> Match:
    order, number = _ORDERS[condition.order], condition.number

    def compares(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and order(value, number)

    return _any_measured(steps, condition.measure, compares)


def _any_measured(steps: tuple[Step, ...], measure: language.Measure, test: Callable[[Any], bool]) -> Match:
    if measure == "count":
        return lambda body: test(len(read_values(body, steps)))
    if measure == "length":
        return lambda body: any(test(len(str(value))) for value in read_values(body, steps))
    return _through(steps, test)


def _through(steps: Sequence[Step], test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Whether the test holds for any value at the path; it looks at no more of them than it must."""
    for step in reversed(steps):
        test = _every_value(step.name, test) if step.index in (None, EVERY) else _one_value(step, test)
    return test


def _every_value(name: str, test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def holds(value: Any) -> bool:
        found = value.get(name) if isinstance(value, dict) else None
        if not isinstance(found, list):
            return found is not None and test(found)
        for one in found:  # noqa: SIM110 - a loop costs half of what a generator does, for each event and route
            if test(one):
                return True
        return False

    return holds


def _text_within(name: str, texts: frozenset[str], test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """As the test, which looks for these texts under a name: a text, as most are, is found in one call."""

    def holds(value: Any) -> bool:
        found = value.get(name) if isinstance(value, dict) else None
        return found in texts if isinstance(found, str) else found is not None and test(value)

    return holds


def _one_value(step: Step, test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def holds(value: Any) -> bool:
        found = value.get(step.name) if isinstance(value, dict) else None
        return any(test(one) for one in _take(found, step))

    return holds


def _every(parts: Sequence[Match]) -> Match:
    def holds(body: Body) -> bool:
        for part in parts:  # noqa: SIM110 - as above
            if not part(body):
                return False
        return True

    return holds


def _some(parts: Sequence[Match]) -> Match:
    def holds(body: Body) -> bool:
        for part in parts:  # noqa: SIM110 - as above
            if part(body):
                return True
        return False

    return holds


def is_type_alone(condition: Condition | None) -> bool:
    """Whether a condition asks for the type of a resource and for nothing else; one that is absent may ask anything."""
    return isinstance(condition, Equals) and types_of(condition) is not None


def without_type(condition: Condition, resource_type: str) -> Condition:
    """What a condition asks of resources of a type besides that it is the type."""
    if not isinstance(condition, All):
        return condition
    rest = [one for one in condition.parts if not (is_type_alone(one) and resource_type in (types_of(one) or ()))]
    return rest[0] if len(rest) == 1 else replace(condition, parts=tuple(rest))


def types_of(condition: Condition) -> frozenset[str] | None:
    """The resource types for whose events a condition may hold, None where it does not say."""
    if isinstance(condition, Equals):
        asked = condition.measure == "value" and steps_of(condition.path) == (Step("resourceType"),)
        return frozenset(condition.texts) if asked else None
    if not isinstance(condition, All | language.Any):
        return None
    types = [types_of(part) for part in condition.parts]
    told = [one for one in types if one is not None]
    if isinstance(condition, All):
        return frozenset.intersection(*told) if told else None
    return frozenset.union(*told) if len(told) == len(types) else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
