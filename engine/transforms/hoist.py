"""Expressions that compiled code uses more than once: each is put into a local, right before what first needs it.

A function is written twice, the first time to learn what is used again. A local is filled only where what comes next
reads it for certain; behind a condition the expression is written out, so that what no message asks for costs nothing.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterable, Mapping

from engine.transforms import nodes
from engine.transforms.nodes import Body, name

_NONE: Mapping[str, ast.expr] = {}


class Hoist:
    """The expressions of one function."""

    def __init__(self, counted: Counter[str] | None = None) -> None:
        self.count: Counter[str] = Counter()
        self._counted = counted or Counter()
        self._made: dict[str, ast.expr] = {}

    def use(self, local: str, expression: ast.expr) -> ast.expr:
        """The expression itself, or the local that holds its value where it is used again."""
        self.count[local] += 1
        if self._counted[local] < 2:
            return expression
        self._made.setdefault(local, expression)
        return name(local)

    def place(self, body: Body, segments: tuple[str, ...], others: Mapping[str, ast.expr] = _NONE) -> Body:
        """The statements with the locals filled in that belong to these segments, and others that those are made of."""
        names = _Names()
        own = [(local, made) for local, made in self._made.items() if local.split("_")[1] in segments]
        for local, made in (*reversed(own), *others.items()):  # later ones may be made of earlier ones
            names.join(body, local, names.of(made))
            body = _place(body, local, made, names)
        return body


def _place(body: Body, local: str, made: ast.expr, names: _Names) -> Body:
    """The statements with the local filled before the first that reads it for certain, and written out before that."""
    placed: Body = []
    for index, statement in enumerate(body):
        if local not in names.of(statement):
            placed.append(statement)
        elif isinstance(statement, ast.If) and not _is_certain(statement.test, local):
            statement.test = _Inline(local, made).visit(statement.test)
            statement.body = _place(statement.body, local, made, names)
            statement.orelse = _place(statement.orelse, local, made, names)
            placed.append(statement)
        elif isinstance(statement, ast.Assign) and not _is_certain(statement.value, local):
            placed.append(_Inline(local, made).visit(statement))
        else:
            return [*placed, nodes.assign(local, made), *body[index:]]
    return placed


def _is_certain(expression: ast.expr, local: str) -> bool:
    """Whether the local is read whenever the expression is."""
    if isinstance(expression, ast.Name):
        return expression.id == local
    if isinstance(expression, ast.GeneratorExp):
        return False
    return any(_is_certain(one, local) for one in _certain_parts(expression))


def _certain_parts(expression: ast.expr) -> Iterable[ast.expr]:
    if isinstance(expression, ast.BoolOp):
        return expression.values[:1]
    if isinstance(expression, ast.IfExp):
        return [expression.test]
    return [one for one in nodes.children(expression) if isinstance(one, ast.expr)]


class _Names:
    """The names that statements hold, and what else was asked for, looked for once."""

    def __init__(self) -> None:
        self._found: dict[ast.AST, frozenset[str]] = {}

    def of(self, node: ast.AST) -> frozenset[str]:
        """Every name in a node."""
        found = self._found.get(node)
        if found is None:
            found = self._found[node] = frozenset(self._held(node))
        return found

    def _held(self, node: ast.AST) -> set[str]:
        held = {node.id} if isinstance(node, ast.Name) else set()
        for child in nodes.children(node):
            if isinstance(child, ast.stmt) or child in self._found:
                held |= self.of(child)
            elif isinstance(child, ast.Name):
                held.add(child.id)
            elif not isinstance(child, ast.Constant):
                held |= self._held(child)
        return held

    def join(self, body: Body, local: str, others: frozenset[str]) -> None:
        """Count these names as held wherever in the statements the local is."""
        for statement in body:
            self.of(statement)
        for node, found in self._found.items():
            if local in found:
                self._found[node] = found | others


class _Inline(ast.NodeTransformer):
    """Writes an expression out where its local stands."""

    def __init__(self, local: str, made: ast.expr) -> None:
        self._local = local
        self._made = made

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self._made) if node.id == self._local else node
