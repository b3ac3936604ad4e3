"""Expressions that compiled code uses more than once: each is put into a local, right before what first needs it.

A function is written twice, the first time to learn what is used again. A local goes as deep into branches as all its
uses do, so that what no message asks for costs nothing.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter

from engine.transforms import nodes
from engine.transforms.nodes import Body, name


class Hoist:
    """The expressions of one function."""

    def __init__(self, counted: Counter[str] | None = None) -> None:
        self.count: Counter[str] = Counter()
        self._counted = counted or Counter()
        self._made: dict[str, ast.expr] = {}
        self._guarded: set[str] = set()

    def use(self, local: str, expression: ast.expr, *, guarded: bool = False) -> ast.expr:
        """The expression itself, or the local that holds its value where it is used again.

        A `guarded` one is mostly asked for behind a condition: it is written out where only the function as a whole
        has room for its local, so that it costs nothing where the condition fails.
        """
        self.count[local] += 1
        if self._counted[local] < 2:
            return expression
        self._made.setdefault(local, expression)
        if guarded:
            self._guarded.add(local)
        return name(local)

    def place(self, body: Body, segments: tuple[str, ...]) -> Body:
        """The statements with the locals put in that belong to these segments."""
        names = _Names()
        for local, made in reversed(self._made.items()):  # later ones may be made of earlier ones
            if local.split("_")[1] in segments:
                body = self._put(body, local, made, names)
        return body

    def _put(self, body: Body, local: str, made: ast.expr, names: _Names) -> Body:
        inner, depth = _innermost(body, local, names)
        place = next((index for index, one in enumerate(inner) if local in names.of(one)), None)
        if place is None:
            return body
        names.join(local, names.of(made))
        if depth == 0 and local in self._guarded:
            return [_Inline(local, made).visit(statement) for statement in body]
        inner.insert(place, nodes.assign(local, made))
        return body


def _innermost(body: Body, local: str, names: _Names) -> tuple[Body, int]:
    """The innermost statements in a row that hold every use, and how many branches deep they stand."""
    depth = 0
    while True:
        users = [one for one in body if local in names.of(one)]
        if len(users) != 1 or not isinstance(users[0], ast.If) or local in names.of(users[0].test):
            return body, depth
        branches = [rows for rows in (users[0].body, users[0].orelse) if any(local in names.of(row) for row in rows)]
        if len(branches) != 1:
            return body, depth
        body = branches[0]
        depth += 1


class _Names:
    """The names that syntax-tree nodes hold, looked for once."""

    def __init__(self) -> None:
        self._found: dict[ast.AST, frozenset[str]] = {}

    def of(self, node: ast.AST) -> frozenset[str]:
        """Every name in a node."""
        found = self._found.get(node)
        if found is None:
            inner = [self.of(child) for child in ast.iter_child_nodes(node)]
            own = [node.id] if isinstance(node, ast.Name) else []
            found = self._found[node] = frozenset(own).union(*inner)
        return found

    def join(self, local: str, others: frozenset[str]) -> None:
        """Count these names as held wherever the local is."""
        self._found = {node: found | others if local in found else found for node, found in self._found.items()}


class _Inline(ast.NodeTransformer):
    """Writes an expression out where its local stands."""

    def __init__(self, local: str, made: ast.expr) -> None:
        self._local = local
        self._made = made

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self._made) if node.id == self._local else node
