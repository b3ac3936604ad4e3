"""Compiled code made shorter without another meaning: what narrowing leaves is often longer than it need be.

An object or a list that holds one thing is written where it is stored, elements that follow on each other stand in one
display, and what a local holds already is not worked out again.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from engine.transforms.nodes import Body, children, is_sent
from engine.transforms.unneeded import without_unread

MENTIONS = 4
"""How often the local of a single thing is mentioned: begun, filled, asked for, stored."""

_PURE = frozenset({"text", "component", "subcomponent", "raw_component", "clean", "whole", "first", "head", "piece"})
_PURE_METHODS = frozenset({"strip", "isalnum", "partition", "split"})

Known = dict[str, tuple[str, frozenset[str]]]
"""Of locals the expressions that they hold the value of, and the names in these; of what is another local its name."""


def tidied(body: Body) -> Body:
    """The statements of a whole function, in fewer words."""
    body = without_unread(_worked_out_once(body, {}))
    mentions = Counter(node.id for statement in body for node in walk(statement) if isinstance(node, ast.Name))
    return _shorter(body, mentions)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node, and all in it that may hold a name."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += children(one)


def _worked_out_once(body: Body, known: Known) -> Body:
    """The statements without those that fill a local with what it holds; what holds the same as another is that one."""
    left: Body = []
    for statement in body:
        local = local_of(statement)
        if isinstance(statement, ast.For):
            _forget(known, stored(statement))
        _name_first(statement, {one: spelled for one, (spelled, held) in known.items() if spelled in held})
        if isinstance(statement, ast.Assign) and local and _is_pure(statement.value):
            spelled = ast.dump(statement.value)
            if known.get(local, ("",))[0] == spelled:
                continue
            _forget(known, {local})
            names = frozenset(one.id for one in walk(statement.value) if isinstance(one, ast.Name))
            if local not in names:
                known[local] = spelled, names
        else:
            for inner in blocks(statement):
                inner[:] = _worked_out_once(inner, dict(known)) or [ast.Pass()]
            _forget(known, stored(statement))
            other = statement.value if isinstance(statement, ast.Assign) and local else None
            if isinstance(other, ast.Name) and other.id != local:
                known[local] = other.id, frozenset({other.id})
        left.append(statement)
    return left


def _name_first(statement: ast.stmt, same: dict[str, str]) -> None:
    """Let a statement itself, but for those inside it, read the locals that were filled first of several alike."""
    if not same:
        return
    for field in ("value", "test", "iter"):
        read = getattr(statement, field, None)
        if isinstance(read, ast.expr):
            filled = {one.id for one in walk(read) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
            known = {local: other for local, other in same.items() if not filled & {local, other}}
            setattr(statement, field, _First(known).visit(read))


class _First(ast.NodeTransformer):
    """Writes a local for another."""

    def __init__(self, same: dict[str, str]) -> None:
        self._same = same

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._same[node.id], ast.Load()) if node.id in self._same else node


def local_of(statement: ast.stmt) -> str:
    """The local that a statement fills, "" where it is none, or more."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""


def _is_pure(expression: ast.expr) -> bool:
    """Whether an expression gives the same whenever it is worked out, and does nothing else."""
    reads = isinstance(expression, ast.Call | ast.IfExp) or is_sent(expression)
    return reads and all(map(_does_nothing, walk(expression)))


def _does_nothing(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            return node.func.attr in _PURE_METHODS
        return isinstance(node.func, ast.Name) and node.func.id in _PURE
    return not isinstance(node, ast.NamedExpr)


def _forget(known: Known, names: set[str]) -> None:
    for local, (_, held) in list(known.items()):
        if local in names or names & held:
            del known[local]


def stored(statement: ast.stmt) -> set[str]:
    """The locals that a statement fills, and those inside it."""
    names = (node for node in walk(statement) if isinstance(node, ast.Name))
    return {one.id for one in names if isinstance(one.ctx, ast.Store)}


def blocks(statement: ast.stmt) -> list[Body]:
    """The blocks right inside a statement."""
    found = [statement.body, statement.orelse] if isinstance(statement, ast.If | ast.For) else []
    return [one for one in found if one]


def _shorter(body: Body, mentions: Counter[str]) -> Body:
    """The statements with single things written where they are stored, and displays of what follows on each other."""
    left: Body = []
    for statement in body:
        for inner in blocks(statement):
            inner[:] = _shorter(inner, mentions)
        left.append(statement)
        while _join_last(left, mentions):
            pass
    return left


def _join_last(body: Body, mentions: Counter[str]) -> bool:
    """Join the last statement with those before it, where they are one; whether they were."""
    if len(body) < 2:
        return False
    into = _in_display(body[-2], body[-1])
    if into:
        mentions[into] -= 1
        del body[-1]
        return True
    if _is_stored(body[-2], body[-1], mentions):
        del body[-2]
        return True
    single = _single(body, mentions)
    if single is None:
        return False
    begun, filled = single
    body[-2:] = [filled]
    del body[begun]
    return True


def _in_display(before: ast.stmt, after: ast.stmt) -> str:
    """Put what is stored in an object or list, right after it is begun, into its display: the local, "" for none."""
    local, begun = local_of(before), before.value if isinstance(before, ast.Assign) else None
    added = _stores(after) if isinstance(begun, ast.Dict) else _appends(after)
    if not local or not added or not isinstance(begun, ast.Dict | ast.List):
        return ""
    into, key, value = added
    if into != local or any(isinstance(one, ast.Name) and one.id == local for one in walk(value)):
        return ""
    if isinstance(begun, ast.List):
        begun.elts = [*begun.elts, value]
        return local
    if any(isinstance(one, ast.Constant) and one.value == key.value for one in begun.keys):
        return ""
    begun.keys, begun.values = [*begun.keys, key], [*begun.values, value]
    return local


def _is_stored(before: ast.stmt, after: ast.stmt, mentions: Counter[str]) -> bool:
    """Write a display where it is stored or given, if that is all that is done with it; whether it was."""
    local = local_of(before)
    if mentions[local] != 2 or not isinstance(before, ast.Assign) or not isinstance(before.value, ast.Dict | ast.List):
        return False
    if not isinstance(after, ast.Return) and not (isinstance(after, ast.Assign) and _stores(after)):
        return False
    held = after.value.elts if isinstance(after.value, ast.List) else [after.value]
    if after.value is None or not any(isinstance(one, ast.Name) and one.id == local for one in held):
        return False
    after.value = _Instead(local, before.value).visit(after.value)
    return True


def _appends(statement: ast.stmt) -> tuple[str, ast.Constant, ast.expr] | None:
    """Of `local.append(value)` the local and the value."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "append":
        return None
    into = call.func.value
    return (into.id, ast.Constant(None), call.args[0]) if isinstance(into, ast.Name) else None


def _stores(statement: ast.stmt) -> tuple[str, ast.Constant, ast.expr] | None:
    """Of `local["key"] = value` all three."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
        return None
    (target,) = statement.targets
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Name):
        return None
    return (target.value.id, target.slice, statement.value) if isinstance(target.slice, ast.Constant) else None


def _single(body: Body, mentions: Counter[str]) -> tuple[int, ast.stmt] | None:
    """Of `x = []`, `if y: x.append(y)`, `if x: z = x`, which end the body: where the first stands, `if y: z = [y]`."""
    fills, uses = body[-2], body[-1]
    if not (isinstance(fills, ast.If) and isinstance(uses, ast.If) and isinstance(uses.test, ast.Name)):
        return None
    local = uses.test.id
    if fills.orelse or uses.orelse or len(fills.body) != 1 or mentions[local] != MENTIONS:
        return None
    begun = next((at for at, one in enumerate(body[:-2]) if _begins(one, local)), None)
    whole = _whole(fills.body[0], local)
    if begun is None or whole is None:
        return None
    instead = [_Instead(local, whole).visit(one) for one in uses.body]
    return begun, ast.copy_location(ast.If(fills.test, instead, []), uses)


def _begins(statement: ast.stmt, local: str) -> bool:
    if local_of(statement) != local or not isinstance(statement, ast.Assign):
        return False
    value = statement.value
    return (isinstance(value, ast.List) and not value.elts) or (isinstance(value, ast.Dict) and not value.keys)


def _whole(statement: ast.stmt, local: str) -> ast.expr | None:
    """What a local holds after the one thing is put into it."""
    put = _stores(statement)
    if put:
        into, key, value = put
        return ast.Dict([key], [value]) if into == local else None
    added = _appends(statement)
    return ast.List([added[2]], ast.Load()) if added and added[0] == local else None


class _Instead(ast.NodeTransformer):
    """Writes an expression where a local is read."""

    def __init__(self, local: str, whole: ast.expr) -> None:
        self._local = local
        self._whole = whole

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._whole if node.id == self._local else node
