"""Statements of compiled code that are left out, since they fill locals that nothing reads."""

from __future__ import annotations

import ast
from typing import Final

from engine.transforms.nodes import Body

EMPTY_OF_EMPTY: Final = frozenset(
    {
        *("text", "component", "subcomponent", "raw_component", "clean", "whole", "first", "head", "repetition"),
        *("choose_number", "piece", "inner_text", "inner_part", "lines"),
    }
)
"""Functions that give an empty text for one."""

FREE_OF_EFFECT: Final = EMPTY_OF_EMPTY | {"is_valued", "count", "len", "bool", "str"}


def without_unread(body: Body) -> Body:
    """The statements without those that fill locals that nothing reads."""
    while True:
        read = {
            node.id
            for statement in body
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        left = _read_alone(body, read)
        if sum(1 for one in left for _ in ast.walk(one)) == sum(1 for one in body for _ in ast.walk(one)):
            return left
        body = left


def _read_alone(body: Body, read: set[str]) -> Body:
    left: Body = []
    for statement in body:
        if isinstance(statement, ast.Assign):
            if not _is_in_vain(statement, read):
                left.append(statement)
        elif isinstance(statement, ast.If):
            inner, otherwise = _read_alone(statement.body, read), _read_alone(statement.orelse, read)
            if inner or otherwise:
                kept = ast.If(statement.test, inner or [ast.Pass()], otherwise)
                left.append(ast.copy_location(kept, statement))
        elif isinstance(statement, ast.For):
            inner = _read_alone(statement.body, read)
            left.append(
                ast.copy_location(ast.For(statement.target, statement.iter, inner or [ast.Pass()], []), statement)
            )
        elif not isinstance(statement, ast.Pass):
            left.append(statement)
    return left


def _is_in_vain(statement: ast.Assign, read: set[str]) -> bool:
    targets = [one.id if isinstance(one, ast.Name) else "" for one in statement.targets]
    if any(one == "" or one in read for one in targets):
        return False
    called = [node.func for node in ast.walk(statement.value) if isinstance(node, ast.Call)]
    return all(isinstance(one, ast.Name) and one.id in FREE_OF_EFFECT for one in called)
