"""Why an event takes a route or does not: the parts of a condition that do not hold, and what the event has there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engine.canonical.resource import Body
from engine.language import condition as language
from engine.language.condition import All, Begins, Compares, Condition, Equals, Leaf, Not, Valued
from engine.routes.match import compile_match, read_values, steps_of
from engine.routes.router import Route, Router


class Account(NamedTuple):
    """One route, whether the event takes it, and why not: each part that would have to be otherwise."""

    route: Route
    taken: bool
    reasons: tuple[str, ...] = ()


def account_for(router: Router, body: Body) -> list[Account]:
    """What every route has to say of an event, in order."""
    taken = router.taken(body)
    return [_account(route, taken, body) for route in router.routes]


def _account(route: Route, taken: list[Route], body: Body) -> Account:
    if route in taken:
        return Account(route, True)
    failing = tuple(_failing(route.condition, body)) if route.condition else ()
    if failing:
        return Account(route, False, failing)
    other = next((one.name for one in taken if one.file == route.file), "")
    return Account(route, False, (f"{other} of its file takes it",))


def _failing(condition: Condition, body: Body) -> Iterator[str]:
    """The parts that do not hold, as they are written, each with what the event has at its path."""
    if compile_match(condition)(body):
        return
    if isinstance(condition, All | language.Any):
        for part in condition.parts:
            yield from _failing(part, body)
    elif isinstance(condition, Not):
        yield f"not ({say(condition.part)})"
    else:
        yield f"{say(condition)}, and it has {_held(condition, body)}"


def say(condition: Condition) -> str:
    """A condition as text."""
    if isinstance(condition, All):
        return " and ".join(f"({say(one)})" if isinstance(one, language.Any) else say(one) for one in condition.parts)
    if isinstance(condition, language.Any):
        return " or ".join(map(say, condition.parts))
    if isinstance(condition, Not):
        return f"not ({say(condition.part)})"
    return _say_leaf(condition)


def _say_leaf(leaf: Leaf) -> str:
    path = str(leaf.path)
    if isinstance(leaf, Equals | Compares) and leaf.measure != "value":
        path = f"{leaf.measure}({path})"
    if isinstance(leaf, Equals):
        return f"{path} = {'|'.join(leaf.texts)}"
    if isinstance(leaf, Begins):
        return f"{path} begins {'|'.join(leaf.texts)}"
    if isinstance(leaf, Compares):
        return f"{path} {leaf.order} {leaf.number:g}"
    return f"{path} valued" if isinstance(leaf, Valued) else f"{path} is another"


def _held(leaf: Leaf, body: Body) -> str:
    values = read_values(body, steps_of(leaf.path))
    shown = ["a structure" if isinstance(one, dict) else str(one) for one in values[:MOST_SHOWN]]
    more = f" and {len(values) - MOST_SHOWN} more" if len(values) > MOST_SHOWN else ""
    return (", ".join(shown) + more) or "nothing there"


MOST_SHOWN = 5
"""Values that are told of one path."""
