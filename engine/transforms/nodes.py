"""Syntax-tree nodes in few words, and the names that a compiled function may use.

Text of a mapping enters only as a constant or as an object bound to a name that is made here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

Body = list[ast.stmt]


def name(identifier: str) -> ast.Name:
    """The value of a local or of a bound object."""
    return ast.Name(identifier, ast.Load())


def constant(value: str | int | float | bool | None) -> ast.Constant:
    """A constant."""
    return ast.Constant(value)


def texts(values: Iterable[str]) -> ast.expr:
    """A constant set of texts, to look something up in."""
    return ast.Set([constant(value) for value in values])


def call(function: str, *arguments: ast.expr) -> ast.expr:
    """A call of a bound function."""
    return ast.Call(name(function), list(arguments), [])


def method(target: ast.expr, attribute: str, *arguments: ast.expr) -> ast.expr:
    """A call of a method of a value."""
    return ast.Call(ast.Attribute(target, attribute, ast.Load()), list(arguments), [])


def attribute(target: str, named: str) -> ast.expr:
    """An attribute of a local."""
    return ast.Attribute(name(target), named, ast.Load())


def assign(identifier: str, value: ast.expr) -> ast.stmt:
    """`identifier = value`."""
    return ast.Assign([ast.Name(identifier, ast.Store())], value)


def assign_all(identifiers: Sequence[str], value: ast.expr) -> ast.stmt:
    """`first = second = value`."""
    return ast.Assign([ast.Name(one, ast.Store()) for one in identifiers], value)


def put(target: str, key: str, value: ast.expr) -> ast.stmt:
    """`target["key"] = value`."""
    return ast.Assign([ast.Subscript(name(target), constant(key), ast.Store())], value)


def extend(identifier: str, text: str) -> ast.stmt:
    """`identifier += ("text",)`."""
    value = ast.Tuple([constant(text)], ast.Load())
    return ast.AugAssign(ast.Name(identifier, ast.Store()), ast.Add(), value)


def do(expression: ast.expr) -> ast.stmt:
    """An expression for its effect."""
    return ast.Expr(expression)


def when(test: ast.expr, body: Body, otherwise: Body | None = None) -> ast.stmt:
    """`if test: body else: otherwise`."""
    return ast.If(test, body or [ast.Pass()], otherwise or [])


def each(identifier: str, values: ast.expr, body: Body) -> ast.stmt:
    """`for identifier in values: body`."""
    return ast.For(ast.Name(identifier, ast.Store()), values, body, [])


def negate(test: ast.expr) -> ast.expr:
    """`not test`."""
    return ast.UnaryOp(ast.Not(), test)


def join(separator: str, parts: Sequence[ast.expr]) -> ast.expr:
    """Texts with a separator between them, as one."""
    pieces: list[ast.expr] = []
    for index, part in enumerate(parts):
        if index and separator:
            _append(pieces, constant(separator))
        _append(pieces, part)
    return ast.JoinedStr(pieces)


def _append(pieces: list[ast.expr], part: ast.expr) -> None:
    """Add a part to the pieces of a text; constants that follow on each other are one."""
    last = pieces[-1] if pieces else None
    if not isinstance(part, ast.Constant):
        pieces.append(ast.FormattedValue(part, -1))
    elif isinstance(last, ast.Constant) and isinstance(last.value, str) and isinstance(part.value, str):
        pieces[-1] = constant(last.value + part.value)
    else:
        pieces.append(part)


def every(tests: Sequence[ast.expr]) -> ast.expr:
    """`a and b`."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), list(tests))


def some(tests: Sequence[ast.expr]) -> ast.expr:
    """`a or b`."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), list(tests))


def compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    """`left operator right`."""
    return ast.Compare(left, [operator], [right])


def either(test: ast.expr, value: ast.expr, otherwise: ast.expr) -> ast.expr:
    """`value if test else otherwise`."""
    return ast.IfExp(test, value, otherwise)


def item(target: str, index: int) -> ast.expr:
    """`target[index]`."""
    return ast.Subscript(name(target), constant(index), ast.Load())


def entry(target: str, key: str) -> ast.expr:
    """`target[key]`, of two locals."""
    return ast.Subscript(name(target), name(key), ast.Load())


def part(target: str, first: int, end: int) -> ast.expr:
    """`target[first:end]`."""
    return ast.Subscript(name(target), ast.Slice(constant(first), constant(end)), ast.Load())


def tail(target: str, first: str) -> ast.expr:
    """`target[first:]`, of two locals."""
    return ast.Subscript(name(target), ast.Slice(name(first)), ast.Load())


def keyed(target: str, key: str) -> ast.expr:
    """`target["key"]`."""
    return ast.Subscript(name(target), constant(key), ast.Load())


def give(*values: ast.expr) -> ast.stmt:
    """`return values`, a tuple where they are several."""
    return ast.Return(values[0] if len(values) == 1 else ast.Tuple(list(values), ast.Load()))


def none(identifier: str) -> ast.expr:
    """`identifier is None`."""
    return compare(name(identifier), ast.Is(), constant(None))


def define(identifier: str, parameters: Sequence[str], body: Body) -> ast.FunctionDef:
    """A function of positional parameters."""
    arguments = ast.arguments([], [ast.arg(one) for one in parameters], None, [], [], None, [])
    return ast.FunctionDef(identifier, arguments, body, [], None)


def plain_or(value: ast.expr, read_value: ast.expr) -> ast.expr:
    """The value itself where it is empty or letters and digits alone, as most are; else what is read of it."""
    if not isinstance(value, ast.Name):
        return read_value
    return either(some([negate(value), method(value, "isalnum")]), value, read_value)


def read(kind: str, value: ast.expr, *, zoned: bool) -> ast.expr:
    """A text read as one of the language's own types, None where there is none."""
    if isinstance(value, ast.Constant) and not value.value:
        return constant(None)
    zone = [attribute("scene", "zone")] if zoned else []
    if isinstance(value, ast.Name):
        return either(value, call(f"read_{kind}", value, *zone), constant(None))
    text = ast.NamedExpr(ast.Name("text_read", ast.Store()), value)
    return either(text, call(f"read_{kind}", name("text_read"), *zone), constant(None))


def is_sent(node: ast.AST) -> bool:
    """Whether a node is a value read as it was sent: `sent_date[PID_7]`, or `sent_dateTime[scene.zone][PID_7]`."""
    known = node.value if isinstance(node, ast.Subscript) else None
    if isinstance(known, ast.Subscript):
        return is_sent(known)
    return isinstance(known, ast.Name) and known.id.startswith("sent_")


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below that may hold a name, or are one."""
    found: list[ast.AST] = []
    for value in vars(node).values():
        if isinstance(value, list):
            found += value
        elif isinstance(value, _HOLDING):
            found.append(value)
    return found


_HOLDING = (ast.expr, ast.arguments)
"""What nodes hold beside lists of nodes; the others say what is done with them, and hold nothing."""


def at(line: int, body: Body) -> Body:
    """The statements, each laid to a line, so that a traceback through them tells the rule that made them."""
    waiting: list[Any] = list(body)
    while waiting:
        node = waiting.pop()
        node.lineno = line
        if not isinstance(node, ast.Name | ast.Constant):
            waiting += children(node)
    return body


def locate(node: ast.AST, line: int = 1) -> None:
    """Lay all in a node to lines, as compiling asks for: what has none to that of the node that holds it."""
    line = getattr(node, "lineno", line)
    node.lineno, node.col_offset = line, 0  # type: ignore[attr-defined]  # of arguments, which have none, nobody reads
    for child in children(node):
        if isinstance(child, ast.Name | ast.Constant):
            child.lineno, child.col_offset = getattr(child, "lineno", line), 0
        else:
            locate(child, line)
