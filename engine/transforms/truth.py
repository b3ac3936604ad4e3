"""What is known of values before code runs: a constant, or merely whether it counts as true."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from enum import Enum
from typing import Any


class Sign(Enum):
    """A value that is not known, but that it is something, or nothing."""

    SOMETHING = True
    NOTHING = False


TRUE, FALSE = Sign.SOMETHING, Sign.NOTHING

Known = ast.Constant | Sign
Facts = dict[str, Known]
"""What is known of locals."""

UNKNOWN = object()

_OPERATORS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.Gt: operator.gt,
    ast.LtE: operator.le,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def constant_of(node: ast.expr) -> Any:
    """The value of a constant, or of a set of them; UNKNOWN of anything else."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Set) and all(isinstance(one, ast.Constant) for one in node.elts):
        return {constant_of(one) for one in node.elts}
    return UNKNOWN


def compare(operation: ast.cmpop, left: Any, right: Any) -> bool:
    """What a comparison of two values gives."""
    return _OPERATORS[type(operation)](left, right)


def truth(node: ast.expr, facts: Facts) -> bool | None:
    """Whether an expression counts as true, None where that is not known."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.Name):
        known = facts.get(node.id)
        return known.value if isinstance(known, Sign) else None if known is None else bool(known.value)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return bool(node.elts)
    if isinstance(node, ast.Dict):
        return bool(node.keys)
    return _composed(node, facts)


def _composed(node: ast.expr, facts: Facts) -> bool | None:
    if isinstance(node, ast.BoolOp):
        return _joined(node, facts)
    if isinstance(node, ast.NamedExpr):
        return truth(node.value, facts)
    if isinstance(node, ast.Compare):
        return _compared(node, facts)
    if isinstance(node, ast.JoinedStr):
        return True if any(isinstance(one, ast.Constant) and one.value for one in node.values) else None
    return None


def _joined(node: ast.BoolOp, facts: Facts) -> bool | None:
    decides = isinstance(node.op, ast.Or)
    known = {truth(one, facts) for one in node.values}
    if decides in known:
        return decides
    return None if None in known else not decides


def _compared(node: ast.Compare, facts: Facts) -> bool | None:
    (operation,), (right,) = node.ops, node.comparators
    left, other = constant_of(node.left), constant_of(right)
    if left is not UNKNOWN and other is not UNKNOWN:
        return compare(operation, left, other)
    if other is None and truth(node.left, facts):
        return isinstance(operation, ast.IsNot)
    return None


def value_of(node: ast.expr, facts: Facts) -> Known | None:
    """What is known of a local that takes the value of an expression; None for nothing."""
    if isinstance(node, ast.Constant):
        return node
    known = truth(node, facts)
    return None if known is None else Sign(known)
