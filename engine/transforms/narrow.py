"""Compiled code narrowed to what is known of the values that it reads: that they are empty, or that they are not.

Most fields of a segment are empty, and a system leaves the same ones empty in every message. Of code for such messages
all that asks for these fields is left out. What is known is carried through the statements as they would run, and what
follows from it is written in their place; nothing is written anew that was not there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from engine.hl7.delimiters import STANDARD
from engine.transforms.held import REPETITION, SUBCOMPONENT, Filled
from engine.transforms.nodes import Body, call, constant, is_sent, method, name
from engine.transforms.read_once import read_once
from engine.transforms.tidy import tidied
from engine.transforms.truth import FALSE, TRUE, Facts, Known, Sign, compare, constant_of, truth, value_of
from engine.transforms.unneeded import EMPTY_OF_EMPTY, FREE_OF_EFFECT

COMPONENT: Final = STANDARD.component

FAR: Final = 4
"""The first component that is not got at by what stands before it and behind it."""

PARTS: Final = "components"
"""The local for the components of a value."""

_METHODS: Final = frozenset({"strip", "isalnum", "startswith"})
"""Methods of texts that are worked out of a known one."""

_BUILT_IN: Final[dict[str, Callable[[Any], Any]]] = {"bool": bool, "str": str, "len": len}


def narrowed(body: Body, filled: Filled) -> Body:
    """The statements of a function narrowed to what is known; `filled` tells in the end what is known when it ends."""
    narrower = Narrower(filled)
    left = narrower.body(body)
    if narrower.facts is not filled.facts:
        filled.facts.clear()
        filled.facts.update(narrower.facts)
    return read_once(tidied([*filled.prelude, *left]))


class Narrower:
    """Narrows the statements of one function; `facts` tell what is known of its locals, in the end when it ends."""

    def __init__(self, filled: Filled) -> None:
        self.facts = filled.facts
        self._items = filled.items
        self._without = filled.without
        self._stripped = filled.stripped
        self._likely = filled.likely
        self._keys: dict[str, set[str] | None] = {}
        """Of objects the names of elements that may be there, None where any may."""

    def body(self, statements: Iterable[ast.stmt]) -> Body:
        """The statements that are left, in place of these."""
        left: Body = []
        for statement in statements:
            for one in _STATEMENTS[type(statement)](self, statement):
                if left and _fills_again(left[-1], one):
                    left.pop()
                left.append(one if hasattr(one, "lineno") else ast.copy_location(one, statement))
            if left and isinstance(left[-1], ast.Return | ast.Break):
                break
        return left

    def expression(self, node: ast.expr) -> ast.expr:
        """What is left of an expression."""
        narrow = _EXPRESSIONS.get(type(node))
        return narrow(self, node) if narrow else node

    def _several(self, found: Sequence[ast.expr]) -> list[ast.expr]:
        return [self.expression(one) for one in found]

    def _know(self, name: str, known: Known | None) -> None:
        if known is None:
            self.facts.pop(name, None)
        else:
            self.facts[name] = known

    # statements

    def _assign(self, node: ast.Assign) -> Body:
        value = self.expression(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._know(target.id, value_of(value, self.facts))
                self._begin(target.id, value)
            elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                self._know(target.value.id, TRUE)
                self._put(target)
            else:
                for one in _stored(target):
                    self._know(one, None)
        if isinstance(value, ast.Name) and [one.id for one in node.targets if isinstance(one, ast.Name)] == [value.id]:
            return []
        return [ast.Assign(node.targets, value)]

    def _begin(self, name: str, value: ast.expr) -> None:
        """Note an object that begins with what it holds as it is written, beside what one of that name held before."""
        before = self._keys.get(name, set())
        written = {str(constant_of(one)) for one in value.keys if one} if isinstance(value, ast.Dict) else None
        self._keys[name] = None if before is None or written is None else before | written

    def _put(self, target: ast.Subscript) -> None:
        """Note an element that is put into an object."""
        keys = self._keys.get(target.value.id) if isinstance(target.value, ast.Name) else None
        if keys is not None:
            keys.add(str(constant_of(target.slice)))

    def _augmented(self, node: ast.AugAssign) -> Body:
        for one in _stored(node.target):
            self._know(one, None)
        return [node]

    def _do(self, node: ast.Expr) -> Body:
        call = self.expression(node.value)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "refuse_sent":
            return [] if constant_of(call.args[0]) == "" else [ast.Expr(call)]
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            changed = call.func.value
            if isinstance(changed, ast.Name):
                self._know(changed.id, TRUE if call.func.attr == "append" else None)
        return [ast.Expr(call)]

    def _when(self, node: ast.If) -> Body:
        test = self.expression(node.test)
        known = truth(test, self.facts)
        if known is not None:
            return self.body(node.body if known else node.orelse)
        before = self.facts
        held, body = self._branch(before, node.body, test, is_true=True)
        other, otherwise = self._branch(before, node.orelse, test, is_true=False)
        self.facts = _merged(held, body, other, otherwise)
        if not body and not otherwise:
            return []
        return [ast.If(test, body or [ast.Pass()], otherwise)]

    def _branch(self, before: Facts, statements: Body, test: ast.expr, *, is_true: bool) -> tuple[Facts, Body]:
        self.facts = dict(before)
        for local, known in _told(test, is_true):
            self.facts.setdefault(local, known)
        body = self.body(statements)
        return self.facts, body

    def _each(self, node: ast.For) -> Body:
        rows = self.expression(node.iter)
        if truth(rows, self.facts) is False:
            return []
        alone = self._alone(rows)
        if alone is not None and not _breaks(node):
            return self._once(node, alone)
        self._forget_all([node.target, *node.body])
        before = dict(self.facts)
        body = self._body_of(node, rows)
        self.facts = before
        return [ast.For(node.target, rows, body, [])] if body else []

    def _once(self, node: ast.For, alone: ast.expr) -> Body:
        """The body of a loop over one repetition, which holds no more separators than its field."""
        one = node.target.id if isinstance(node.target, ast.Name) else ""
        around = self._without
        if isinstance(alone, ast.Name) and one not in _filled(ast.Module(node.body, [])):
            self._without = {**around, one: around.get(alone.id, "")}
        body = self.body([ast.Assign([node.target], alone), *node.body])
        self._without = around
        return body

    def _alone(self, rows: ast.expr) -> ast.expr | None:
        """The one repetition of a field that does not repeat, None for other rows."""
        field = _repeating(rows)
        return field if field is not None and self._is_single(field) else None

    def _body_of(self, node: ast.For, rows: ast.expr) -> Body:
        """The body of a loop; a repetition in it holds no further one, and else what its field holds alone."""
        field, one = _repeating(rows), node.target
        if (
            not isinstance(field, ast.Name)
            or not isinstance(one, ast.Name)
            or one.id in _filled(ast.Module(node.body, []))
        ):
            return self.body(node.body)
        self._without[one.id] = REPETITION + self._without.get(field.id, "")
        body = self.body(node.body)
        del self._without[one.id]
        return body

    def _forget_all(self, nodes: Sequence[ast.AST]) -> None:
        """What is filled or changed in any turn of a loop."""
        for inner in nodes:
            for one in _filled(inner):
                self._know(one, None)
                self._keys[one] = None
            for one in _given(inner):
                if isinstance(self.facts.get(one), Sign):
                    self._know(one, None)

    def _give(self, node: ast.Return) -> Body:
        return [ast.Return(self.expression(node.value) if node.value else None)]

    # expressions

    def _name(self, node: ast.Name) -> ast.expr:
        known = self.facts.get(node.id)
        return known if isinstance(known, ast.Constant) else node

    def _named(self, node: ast.NamedExpr) -> ast.expr:
        value = self.expression(node.value)
        self._know(node.target.id, None)
        return ast.NamedExpr(node.target, value)

    def _operands(self, node: ast.BoolOp) -> ast.expr:
        stops = isinstance(node.op, ast.Or)
        """What an operand must be for the others not to be looked at."""
        left: list[ast.expr] = []
        for index, one in enumerate(node.values):
            value = self.expression(one)
            known = truth(value, self.facts)
            if known is (not stops) and index < len(node.values) - 1:
                continue
            left.append(value)
            if known is stops:
                break
        if stops and constant_of(left[-1]) is False and all(isinstance(one, ast.Compare) for one in left[:-1]):
            left = left[:-1] or left
        return left[0] if len(left) == 1 else ast.BoolOp(node.op, left)

    def _unary(self, node: ast.UnaryOp) -> ast.expr:
        value = self.expression(node.operand)
        known = truth(value, self.facts) if isinstance(node.op, ast.Not) else None
        return ast.UnaryOp(node.op, value) if known is None else constant(not known)

    def _either(self, node: ast.IfExp) -> ast.expr:
        field = self._field_or_nothing(node)
        if field is not None:
            return field
        test = self.expression(node.test)
        known = truth(test, self.facts)
        if known is not None:
            return self.expression(node.body if known else node.orelse)
        return ast.IfExp(test, self.expression(node.body), self.expression(node.orelse))

    def _field_or_nothing(self, node: ast.IfExp) -> ast.expr | None:
        """Of `PID[3] if len(PID) > 3 else ""` what stands there."""
        asks = isinstance(node.test, ast.Compare) and isinstance(node.test.left, ast.Call)
        return self._item(node.body) if asks and isinstance(node.body, ast.Subscript) else None

    def _item(self, node: ast.Subscript) -> ast.expr | None:
        if not isinstance(node.value, ast.Name) or not isinstance(node.slice, ast.Constant):
            return None
        return self._items.get((node.value.id, node.slice.value)) if isinstance(node.slice.value, int) else None

    def _subscript(self, node: ast.Subscript) -> ast.expr:
        found = self._item(node)
        if found is not None:
            return found
        key = self.expression(node.slice)
        return constant(None) if constant_of(key) == "" and is_sent(node) else ast.Subscript(node.value, key, node.ctx)

    def _compare(self, node: ast.Compare) -> ast.expr:
        compared = ast.Compare(self.expression(node.left), node.ops, self._several(node.comparators))
        for known in (self._lacks(compared), self._counted(compared), truth(compared, self.facts)):
            if known is not None:
                return constant(known)
        return compared

    def _lacks(self, node: ast.Compare) -> bool | None:
        """What is known of whether a field holds a separator, or an object an element."""
        (operation,), (right,), sought = node.ops, node.comparators, constant_of(node.left)
        if not isinstance(right, ast.Name) or not isinstance(operation, ast.In | ast.NotIn) or type(sought) is not str:
            return None
        keys = self._keys.get(right.id)
        lacks = sought in tuple(self._without.get(right.id, "")) or (keys is not None and sought not in keys)
        return isinstance(operation, ast.NotIn) if lacks else None

    def _counted(self, node: ast.Compare) -> bool | None:
        """What is known of the number of repetitions of a field that does not repeat: it is none or one."""
        left, number = node.left, constant_of(node.comparators[0])
        if not isinstance(left, ast.Call) or not isinstance(left.func, ast.Name) or left.func.id != "count":
            return None
        if not isinstance(number, int | float) or not self._is_single(left.args[0]):
            return None
        found = {compare(node.ops[0], count, number) for count in (0, 1)}
        return found.pop() if len(found) == 1 else None

    def _is_single(self, node: ast.expr) -> bool:
        """Whether a field does not repeat."""
        return isinstance(node, ast.Name) and REPETITION in self._without.get(node.id, "")

    def _call(self, node: ast.Call) -> ast.expr:
        arguments = self._several(node.args)
        if isinstance(node.func, ast.Attribute):
            return self._method(node.func, arguments)
        known = _worked_out(node.func, arguments) or self._of_components(node.func, arguments)
        if known is not None:
            return known
        for one in arguments:
            if isinstance(one, ast.Name) and isinstance(self.facts.get(one.id), Sign):
                self._forget(one.id, node.func)
        return ast.Call(node.func, arguments, [])

    def _of_components(self, function: ast.expr, arguments: list[ast.expr]) -> ast.expr | None:
        """A component of what has components alone, or what is made of it; None of anything else."""
        held = arguments[0] if arguments and isinstance(arguments[0], ast.Name) else None
        without = self._without.get(held.id, "") if held else ""
        if not held or not isinstance(function, ast.Name) or SUBCOMPONENT not in without:
            return None
        if function.id in self._likely:
            return _likely(self._likely[function.id], held, arguments)
        number = {"head": 1, "piece": constant_of(arguments[-1])}.get(function.id, FAR)
        return _component(held, number) if REPETITION in without and number < FAR else None

    def _forget(self, name: str, called: ast.expr) -> None:
        """What a function is given it may change, but for the fields themselves and what only reads."""
        self._keys[name] = None
        reads = isinstance(called, ast.Name) and called.id in FREE_OF_EFFECT
        if not reads and not any(isinstance(one, ast.Name) and one.id == name for one in self._items.values()):
            self._know(name, None)

    def _method(self, function: ast.Attribute, arguments: list[ast.expr]) -> ast.expr:
        target = self.expression(function.value)
        text = constant_of(target)
        if function.attr == "strip" and not arguments and isinstance(target, ast.Name) and target.id in self._stripped:
            return target
        if isinstance(text, str) and function.attr in _METHODS:
            given = [ast.literal_eval(one) for one in arguments]
            return constant(getattr(text, function.attr)(*given))
        return ast.Call(ast.Attribute(target, function.attr, function.ctx), arguments, [])

    def _attribute(self, node: ast.Attribute) -> ast.expr:
        return ast.Attribute(self.expression(node.value), node.attr, node.ctx)

    def _joined(self, node: ast.JoinedStr) -> ast.expr:
        return ast.JoinedStr([self._piece(one) for one in node.values])

    def _piece(self, node: ast.expr) -> ast.expr:
        if not isinstance(node, ast.FormattedValue):
            return node
        value = self.expression(node.value)
        return (
            value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ast.FormattedValue(value, -1)
        )

    def _sequence(self, node: ast.List | ast.Tuple) -> ast.expr:
        return type(node)(self._several(node.elts), node.ctx)

    def _dict(self, node: ast.Dict) -> ast.expr:
        return ast.Dict(node.keys, self._several(node.values))

    def _sum(self, node: ast.BinOp) -> ast.expr:
        return ast.BinOp(self.expression(node.left), node.op, self.expression(node.right))

    def _generator(self, node: ast.GeneratorExp) -> ast.expr:
        (loop,) = node.generators
        rows = self.expression(loop.iter)
        before = dict(self.facts)
        for one in _stored(loop.target):
            self._know(one, None)
        made = ast.GeneratorExp(self.expression(node.elt), [ast.comprehension(loop.target, rows, loop.ifs, 0)])
        self.facts = before
        return made


def _component(held: ast.expr, number: int) -> ast.expr:
    """A component without blanks around it."""
    for side in (*[2] * (number - 1), 0):
        held = ast.Subscript(method(held, "partition", constant(COMPONENT)), constant(side), ast.Load())
    return method(held, "strip")


def _likely(variants: str, held: ast.Name, arguments: list[ast.expr]) -> ast.expr:
    """What the likely variant for so many components makes of a value."""
    parts = ast.NamedExpr(ast.Name(PARTS, ast.Store()), method(held, "split", constant(COMPONENT)))
    variant = ast.Subscript(name(variants), call("len", parts), ast.Load())
    return ast.Call(variant, [held, name(PARTS), *arguments[1:]], [])


def _worked_out(function: ast.expr, arguments: list[ast.expr]) -> ast.expr | None:
    """What a function gives for a text that is known, None for what is not known."""
    called = function.id if isinstance(function, ast.Name) else ""
    if not arguments or not isinstance(arguments[0], ast.Constant):
        return None
    text = arguments[0].value
    if called in _BUILT_IN:
        return constant(_BUILT_IN[called](text))
    if text != "":
        return None
    if called in EMPTY_OF_EMPTY:
        return constant("")
    return {"is_valued": constant(False), "count": constant(0)}.get(called)


def _told(test: ast.expr, is_true: bool) -> Iterable[tuple[str, Known]]:
    """What is known of locals where a test came out like this."""
    if isinstance(test, ast.Name):
        yield test.id, TRUE if is_true else FALSE
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _told(test.operand, not is_true)
    elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) == is_true:
        for one in test.values:
            yield from _told(one, is_true)


def _merged(held: Facts, body: Body, other: Facts, otherwise: Body) -> Facts:
    """What is known behind two branches, of which one may not come to its end."""
    if body and isinstance(body[-1], ast.Return | ast.Break):
        return other
    if otherwise and isinstance(otherwise[-1], ast.Return | ast.Break):
        return held
    both = {name: _both(known, other[name]) for name, known in held.items() if name in other}
    return {name: known for name, known in both.items() if known is not None}


def _both(one: Known, other: Known) -> Known | None:
    """What is known of a local of which one or the other holds."""
    if isinstance(one, ast.Constant) and isinstance(other, ast.Constant) and one.value == other.value:
        return one if type(one.value) is type(other.value) else None
    is_true = bool(one.value)
    return Sign(is_true) if is_true == bool(other.value) else None


def _fills_again(before: ast.stmt, after: ast.stmt) -> bool:
    """Whether a constant is put into a local for nothing, since something else follows at once."""
    if not isinstance(before, ast.Assign) or not isinstance(after, ast.Assign):
        return False
    if not isinstance(before.value, ast.Constant) or not isinstance(before.targets[0], ast.Name):
        return False
    local, again = before.targets[0].id, after.targets[0]
    return isinstance(again, ast.Name) and again.id == local and local not in set(_stored(after.value))


def _stored(target: ast.expr) -> Iterable[str]:
    return (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _breaks(loop: ast.For) -> bool:
    return any(isinstance(node, ast.Break) for node in ast.walk(loop))


def _repeating(rows: ast.expr) -> ast.expr | None:
    """Of `PID_3.split("~")` the field, None of other rows."""
    if isinstance(rows, ast.Call) and isinstance(rows.func, ast.Attribute) and rows.func.attr == "split":
        return rows.func.value
    return None


def _filled(statement: ast.AST) -> Iterable[str]:
    """Every local that may be filled in a statement, or an entry of it."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            yield from _stored(node.value)


def _given(statement: ast.AST) -> Iterable[str]:
    """Every local that a statement hands over, which may be changed then."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            given = [*node.args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
            yield from (one.id for one in given if isinstance(one, ast.Name))


_STATEMENTS: dict[type[ast.stmt], Callable[[Narrower, Any], Body]] = {
    ast.Assign: Narrower._assign,
    ast.AugAssign: Narrower._augmented,
    ast.Expr: Narrower._do,
    ast.If: Narrower._when,
    ast.For: Narrower._each,
    ast.Return: Narrower._give,
    ast.Break: lambda _, node: [node],
    ast.Pass: lambda _, node: [],
}
_EXPRESSIONS: dict[type[ast.expr], Callable[[Narrower, Any], ast.expr]] = {
    ast.Name: Narrower._name,
    ast.NamedExpr: Narrower._named,
    ast.BoolOp: Narrower._operands,
    ast.UnaryOp: Narrower._unary,
    ast.IfExp: Narrower._either,
    ast.Subscript: Narrower._subscript,
    ast.Compare: Narrower._compare,
    ast.Call: Narrower._call,
    ast.Attribute: Narrower._attribute,
    ast.JoinedStr: Narrower._joined,
    ast.List: Narrower._sequence,
    ast.Tuple: Narrower._sequence,
    ast.Dict: Narrower._dict,
    ast.BinOp: Narrower._sum,
    ast.GeneratorExp: Narrower._generator,
}
