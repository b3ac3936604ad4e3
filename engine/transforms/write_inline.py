"""Functions that make resources, written into a form in place of their calls.

What a function leaves in its locals the form goes on with: both call them the same.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.transforms.nodes import Body, assign, name
from engine.transforms.tidy import local_of, stored, walk

MADE = ("called", "counted", "body", "deleted", "inferred")
"""The locals for what is made of one resource, in the order in which its function gives them."""

COUNTED = "counted"
NOTHING = ("deleted", "inferred")
"""Those of them that begin as an empty tuple, and mostly stay so."""


class Inlined(NamedTuple):
    """What makes one resource: statements that fill its locals, and what is known before of some."""

    body: Body
    known: Mapping[str, ast.expr]
    """Of the locals that are not filled what they would hold."""
    asks: bool
    """Whether it looks for the ids of others in `ids`."""


def inlined(function: Body, parameters: Sequence[str], given: Sequence[ast.expr], ids: Mapping[str, str]) -> Inlined:
    """The statements of a function that is given these; `ids` are the locals that hold the ids of others, by key."""
    *body, last = (_with_ids(one, ids) for one in function)
    given_back = last.value.elts if isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple) else []
    known: dict[str, ast.expr] = {}
    for local, value in zip(MADE, given_back, strict=True):
        if isinstance(value, ast.Constant) and local == COUNTED:
            known[local] = value
        elif not isinstance(value, ast.Name) or value.id != local:
            body.append(assign(local, value))
    for local in NOTHING:
        if sum(local in stored(one) for one in body) == 1:
            body = [one for one in body if not _is_begun_empty(one, local)]
            known[local] = ast.Tuple([], ast.Load())
    asks = any(isinstance(node, ast.Name) and node.id == "ids" for one in body for node in walk(one))
    return Inlined([*map(assign, parameters, given), *body], known, asks)


def _is_begun_empty(statement: ast.stmt, local: str) -> bool:
    value = statement.value if isinstance(statement, ast.Assign) and local_of(statement) == local else None
    return isinstance(value, ast.Tuple) and not value.elts


def _with_ids(statement: ast.stmt, ids: Mapping[str, str]) -> ast.stmt:
    asked = (node for node in walk(statement) if isinstance(node, ast.Name))
    return _Ids(ids).visit(copy.deepcopy(statement)) if any(one.id == "ids" for one in asked) else statement


class _Ids(ast.NodeTransformer):
    """Reads ids from the locals that hold them."""

    def __init__(self, ids: Mapping[str, str]) -> None:
        self._ids = ids

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        of = node.func.value if isinstance(node.func, ast.Attribute) else None
        if not isinstance(of, ast.Name) or of.id != "ids" or not isinstance(node.args[0], ast.Constant):
            return node
        local = self._ids.get(str(node.args[0].value))
        return name(local) if local else node
