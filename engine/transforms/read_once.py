"""What a condition asks for and its statements read again: the test reads it, and behind the test it is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.transforms.nodes import Body, is_sent
from engine.transforms.tidy import blocks, local_of, stored, walk

SENT, READ = "sent_", "read_"
"""How what reads a text as a type begins, before the name of the type."""


def read_once(body: Body) -> Body:
    """The statements, where each value that has to be there is read into its local by the test that asks for it."""
    for statement in body:
        if isinstance(statement, ast.If):
            for asked in list(_there(statement.test)):
                _read_in(statement, asked)
        for inner in blocks(statement):
            inner[:] = read_once(inner)
    return body


def _there(test: ast.expr) -> Iterator[ast.Compare]:
    """The comparisons of a test that hold of no value that is not there."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for one in test.values:
            yield from _there(one)
    elif isinstance(test, ast.Compare) and _is_not_none(test) and _kind(test.left):
        yield test


def _kind(node: ast.expr) -> str:
    """The type that a text is read as, "" for what is no reading."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith(READ):
        return node.func.id.removeprefix(READ)
    if not is_sent(node):
        return ""
    return next(
        one.id.removeprefix(SENT) for one in walk(node) if isinstance(one, ast.Name) and one.id.startswith(SENT)
    )


def _read_in(statement: ast.If, asked: ast.Compare) -> None:
    """Let a test read a value into the local that the statements behind it read it into first of all."""
    spelled, kind = ast.dump(asked.left), _kind(asked.left)
    read = {one.id for one in walk(asked.left) if isinstance(one, ast.Name)}
    for at, one in enumerate(statement.body):
        local = local_of(one)
        if isinstance(one, ast.Assign) and local.startswith(f"{kind}_") and ast.dump(one.value) == spelled:
            asked.left = ast.NamedExpr(ast.Name(local, ast.Store()), one.value)
            statement.body[at:] = _known(statement.body[at + 1 :], local) or [ast.Pass()]
            return
        if read & stored(one):
            return


def _known(body: Body, local: str) -> Body:
    """The statements for a local that is not None."""
    left: Body = []
    for at, statement in enumerate(body):
        if local in stored(statement):
            return [*left, *body[at:]]
        known = _asks(statement, local)
        if known is None:
            left.append(statement)
        elif isinstance(statement, ast.If):
            left += statement.body if known else statement.orelse
    return left


def _asks(statement: ast.stmt, local: str) -> bool | None:
    """What a condition comes to for a local that is not None, None for one that asks for something else."""
    if not isinstance(statement, ast.If):
        return None
    test = statement.test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return True if _asks_none(test.operand, local) else None
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    return False if any(_asks_none(one, local) for one in parts) else None


def _asks_none(test: ast.expr, local: str) -> bool:
    """Whether a test asks if a local is None."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Is) or not _is_none(test.comparators[0]):
        return False
    return isinstance(test.left, ast.Name) and test.left.id == local


def _is_not_none(test: ast.Compare) -> bool:
    return isinstance(test.ops[0], ast.IsNot) and _is_none(test.comparators[0])


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
