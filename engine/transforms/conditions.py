"""Conditions of mappings as expressions of compiled code."""

from __future__ import annotations

import ast

from engine.language.condition import All, Any, Begins, Compares, Condition, Equals, Not, Reads, Same, Valued
from engine.language.path import EVERY, FieldPath, Path
from engine.transforms import nodes
from engine.transforms.access import Access
from engine.transforms.nodes import call, constant, name

_ORDERS: dict[str, ast.cmpop] = {"<": ast.Lt(), ">": ast.Gt(), "<=": ast.LtE(), ">=": ast.GtE()}


def write_condition(condition: Condition, access: Access) -> ast.expr:
    """The expression that is true where the condition holds."""
    if isinstance(condition, Not):
        return nodes.negate(write_condition(condition.part, access))
    if isinstance(condition, All):
        return nodes.every([write_condition(part, access) for part in condition.parts])
    if isinstance(condition, Any):
        return nodes.some([write_condition(part, access) for part in condition.parts])
    path = _field(condition.path)
    if isinstance(condition, Valued):
        return _valued(path, access)
    if isinstance(condition, Reads):
        return nodes.compare(access.read(path, condition.type), ast.IsNot(), constant(None))
    if isinstance(condition, Same):
        text = access.text(path)
        return nodes.every([text, nodes.compare(access.text(path), ast.Eq(), access.text(_field(condition.other)))])
    return _measured(condition, path, access)


def _field(path: Path) -> FieldPath:
    return path if isinstance(path, FieldPath) else FieldPath("")


def _valued(path: FieldPath, access: Access) -> ast.expr:
    if path.subcomponent is None and (path.component is None or not path.segment):
        return access.valued(path)
    return call("bool", access.text(path))


def _measured(condition: Equals | Begins | Compares, path: FieldPath, access: Access) -> ast.expr:
    if isinstance(condition, Begins) or condition.measure == "value":
        return _any_value(condition, path, access)
    size = call("len", access.text(path))
    if condition.measure == "count":
        size = call("count", access.raw(path), name("scene"))
    if isinstance(condition, Equals):
        return nodes.compare(call("str", size), ast.In(), nodes.texts(condition.texts))
    return nodes.compare(size, _ORDERS[condition.order], constant(condition.number))


def _any_value(condition: Equals | Begins | Compares, path: FieldPath, access: Access) -> ast.expr:
    if path.repetition != EVERY or not path.segment:
        return _holds(condition, access.text(path))
    one = _holds(condition, access.text(path, "one"))
    loop = ast.comprehension(ast.Name("one", ast.Store()), access.repetitions(path), [], 0)
    return call("any", ast.GeneratorExp(one, [loop]))


def _holds(condition: Equals | Begins | Compares, value: ast.expr) -> ast.expr:
    if isinstance(value, ast.Constant) and not value.value:  # nothing stands there: equal to no text, in no order
        return constant(isinstance(condition, Equals) and "" in condition.texts)
    if isinstance(condition, Begins):
        texts = ast.Tuple([constant(text) for text in condition.texts], ast.Load())
        return nodes.method(value, "startswith", texts)
    if isinstance(condition, Compares):
        return call("compares", value, constant(condition.order), constant(condition.number))
    if len(condition.texts) == 1:
        return nodes.compare(value, ast.Eq(), constant(condition.texts[0]))
    return nodes.compare(value, ast.In(), nodes.texts(condition.texts))
