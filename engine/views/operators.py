"""The operators of paths: equality, order, arithmetic and truth, with what FHIRPath makes of what is not there."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.views import moments
from engine.views.step import RowError, Run, Scope, Values, one, truth

ORDER: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    ">": lambda order: order > 0,
    "<=": lambda order: order <= 0,
    ">=": lambda order: order >= 0,
}
ARITHMETIC = frozenset("+-*/")
LOGIC = frozenset({"and", "or", "xor"})


def equality(left: Run, right: Run, wanted: bool, temporal: bool) -> Run:
    """`=`, or `!=` where `wanted` is False; empty where one side is, or where precision leaves it open."""

    def run(item: Any, scope: Scope) -> Values:
        first, second = left(item, scope), right(item, scope)
        if not first or not second:
            return []
        if len(first) != len(second):
            return [not wanted]
        if not temporal and type(first[0]) is str is type(second[0]) and len(first) == 1:
            return [(first[0] == second[0]) is wanted]
        found = [_equal(a, b, temporal) for a, b in zip(first, second, strict=True)]
        if False in found:
            return [not wanted]
        return [] if None in found else [wanted]

    return run


def order(sign: str, left: Run, right: Run, temporal: bool, place: str) -> Run:
    """`<` and its kin; empty where one side is."""
    holds = ORDER[sign]

    def run(item: Any, scope: Scope) -> Values:
        first, second = one(left(item, scope), place), one(right(item, scope), place)
        if first is None or second is None:
            return []
        found = moments.compare(first, second) if temporal else _compare(first, second, place)
        return [] if found is None else [holds(found)]

    return run


def arithmetic(sign: str, left: Run, right: Run, place: str) -> Run:
    """`+` (of texts too), `-`, `*` and `/`; empty where one side is, or for a division by zero."""

    def run(item: Any, scope: Scope) -> Values:
        first, second = one(left(item, scope), place), one(right(item, scope), place)
        if first is None or second is None:
            return []
        if sign == "+" and isinstance(first, str) and isinstance(second, str):
            return [first + second]
        if not (is_number(first) and is_number(second)):
            raise RowError(f"{place}: {sign!r} takes numbers - narrow both sides to numbers")
        return _reckon(sign, first, second)

    return run


def logic(sign: str, left: Run, right: Run, place: str) -> Run:
    """`and`, `or`, `xor` in three values: what is not there is unknown."""
    decide = {"and": _both, "or": _either, "xor": _differs}[sign]

    def run(item: Any, scope: Scope) -> Values:
        found = decide(truth(left(item, scope), place), truth(right(item, scope), place))
        return [] if found is None else [found]

    return run


def is_number(value: object) -> bool:
    """Whether JSON has it as a number: true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def decimal(value: float) -> Decimal:
    """A number as it was written, not as a machine holds it."""
    return Decimal(repr(value))


def _equal(left: Any, right: Any, temporal: bool) -> bool | None:
    if temporal and left != right:
        found = moments.compare(left, right)
        return None if found is None else found == 0
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[key], right[key], False) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_equal(a, b, False) for a, b in zip(left, right, strict=True))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _compare(left: Any, right: Any, place: str) -> int:
    if (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
        return int(left > right) - int(left < right)
    raise RowError(f"{place}: compares values of different or unordered types - narrow both sides with ofType()")


def _reckon(sign: str, left: float, right: float) -> Values:
    if isinstance(left, int) and isinstance(right, int) and sign != "/":
        return [{"+": left + right, "-": left - right, "*": left * right}[sign]]
    first, second = decimal(left), decimal(right)
    match sign:
        case "+":
            return [float(first + second)]
        case "-":
            return [float(first - second)]
        case "*":
            return [float(first * second)]
    return [float(first / second)] if second else []


def _both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _either(left: bool | None, right: bool | None) -> bool | None:
    if left or right:
        return True
    return None if left is None or right is None else False


def _differs(left: bool | None, right: bool | None) -> bool | None:
    return None if left is None or right is None else left != right
