"""Paths compiled: a tree to functions that close over one another, types told on the way.

No code is made from text. What a path names is looked up once, here; a row is then made by calls alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from engine.canonical import r4
from engine.language.fault import Fault, Text, nearest
from engine.views import changes, functions, kinds, operators, ways
from engine.views.checks import check_order, sum_types
from engine.views.members import narrow, read_choice, read_member, type_name
from engine.views.moments import TEMPORAL
from engine.views.parser import parse_path
from engine.views.step import Scope, Step, Types, Values
from engine.views.telling import Telling
from engine.views.tree import Call, Index, Literal, Member, Operation, This, Tree, Variable

ROW_INDEX, RESOURCE, CONTEXT = "rowIndex", "resource", "context"
VARIABLES = (ROW_INDEX, RESOURCE, CONTEXT)
"""What every path may name with `%`, besides the constants of its view."""

FUNCTIONS: Mapping[str, tuple[int, int]] = {
    "where": (1, 1),
    "exists": (0, 1),
    "empty": (0, 0),
    "extension": (1, 1),
    "join": (0, 1),
    "ofType": (1, 1),
    "first": (0, 0),
    "lowBoundary": (0, 0),
    "highBoundary": (0, 0),
    "not": (0, 0),
    "getResourceKey": (0, 0),
    "getReferenceKey": (0, 1),
}
"""The functions, and how many arguments each takes."""

_BOOLEAN: Types = kinds.BOOLEAN
_STRING: Types = frozenset({"string"})


class Value(NamedTuple):
    """A constant of a view."""

    value: str | int | float | bool
    type: str


class Path(NamedTuple):
    """A compiled path, and what in it is odd: elements that FHIR R4 does not have."""

    step: Step
    odd: tuple[Fault, ...]
    uses_index: bool


def compile_path(source: Text, focus: Types, resource: str, constants: Mapping[str, Value]) -> Path:
    """Compile a path that starts at an element of these types; raises Faults."""
    compiler = _Compiler(source, resource, constants)
    step = compiler.step(parse_path(source), focus)
    return Path(step, compiler.odd, compiler.uses_index)


class _Compiler:
    def __init__(self, source: Text, resource: str, constants: Mapping[str, Value]) -> None:
        self._telling = Telling(source)
        self._resource = resource
        self._constants = constants
        self.uses_index = False

    @property
    def odd(self) -> tuple[Fault, ...]:
        return tuple(self._telling.odd)

    def step(self, tree: Tree, focus: Types) -> Step:
        match tree:
            case This():
                return Step(functions.this(), focus, way=ways.Way())
            case Literal(value, kind):
                return _constant(value, kind)
            case Variable():
                return self._variable(tree)
            case Member():
                return self._member(tree, focus)
            case Index():
                source, position = self.step(tree.source, focus), self.step(tree.position, focus)
                return Step(functions.index(source.run, position.run, self._telling.place(tree)), source.types)
            case Operation():
                return self._operation(tree, focus)
            case Call():
                return self._call(tree, focus)

    def _variable(self, tree: Variable) -> Step:
        if tree.name == ROW_INDEX:
            self.uses_index = True
            return Step(functions.row_index, frozenset({"integer"}))
        if tree.name in (RESOURCE, CONTEXT):
            return Step(_resource, frozenset({self._resource}))
        found = self._constants.get(tree.name)
        if found is None:
            known = (*self._constants, *VARIABLES)
            hint = nearest(tree.name, known) or "declare it under constant"
            raise self._telling.fault(tree, "V211", f"the view has no constant %{tree.name}", hint)
        return _constant(found.value, found.type)

    def _member(self, tree: Member, focus: Types) -> Step:
        if isinstance(tree.source, This) and focus == frozenset({tree.name}) and r4.is_resource(tree.name):
            return self.step(tree.source, focus)
        return read_member(tree, self.step(tree.source, focus), self._telling)

    def _operation(self, tree: Operation, focus: Types) -> Step:
        left, right = self.step(tree.left, focus), self.step(tree.right, focus)
        place = self._telling.place(tree)
        temporal = any(one.types and one.types <= TEMPORAL for one in (left, right))
        if tree.sign in operators.LOGIC:
            test = ways.both(left.test, right.test) if tree.sign == "and" else None
            return Step(operators.logic(tree.sign, left.run, right.run, place), _BOOLEAN, test=test)
        if tree.sign in ("=", "!="):
            test = ways.equal(left.way, right.text) if tree.sign == "=" and not temporal else None
            return Step(operators.equality(left.run, right.run, tree.sign == "=", temporal), _BOOLEAN, test=test)
        if tree.sign in operators.ORDER:
            check_order(tree, left, right, self._telling)
            return Step(operators.order(tree.sign, left.run, right.run, temporal, place), _BOOLEAN)
        run = operators.arithmetic(tree.sign, left.run, right.run, place)
        return Step(run, sum_types(tree, left, right, self._telling))

    def _call(self, tree: Call, focus: Types) -> Step:
        if tree.name not in FUNCTIONS:
            hint = nearest(tree.name, FUNCTIONS) or f"known are {', '.join(FUNCTIONS)}"
            raise self._telling.fault(tree, "V206", f"views have no function {tree.name}()", hint)
        least, most = FUNCTIONS[tree.name]
        if not least <= len(tree.arguments) <= most:
            count = f"{least}" if least == most else f"{least} to {most}"
            raise self._telling.fault(tree, "V206", f"{tree.name}() takes {count} arguments", "write as many")
        if tree.name == "ofType":
            return self._of_type(tree, focus)
        source = self.step(tree.source, focus)
        return _CALLS[tree.name](self, tree, source, focus)

    def _where(self, tree: Call, source: Step, focus: Types) -> Step:
        criteria = self.step(tree.arguments[0], source.types)
        run = functions.where(source.run, criteria.run, self._telling.place(tree))
        return Step(run, source.types, way=ways.filtered(source.way, criteria.test))

    def _exists(self, tree: Call, source: Step, focus: Types) -> Step:
        narrowed = self._where(tree, source, focus) if tree.arguments else source
        return Step(functions.count_as(narrowed.run, True), _BOOLEAN, test=ways.exists(narrowed.way))

    def _empty(self, tree: Call, source: Step, focus: Types) -> Step:
        return Step(functions.count_as(source.run, False), _BOOLEAN)

    def _first(self, tree: Call, source: Step, focus: Types) -> Step:
        return Step(functions.first(source.run), source.types, way=ways.first(source.way))

    def _not(self, tree: Call, source: Step, focus: Types) -> Step:
        return Step(functions.negated(source.run, self._telling.place(tree)), _BOOLEAN)

    def _join(self, tree: Call, source: Step, focus: Types) -> Step:
        separator = self.step(tree.arguments[0], focus) if tree.arguments else _constant("", "string")
        run = functions.join(source.run, separator.run, self._telling.place(tree))
        return Step(run, _STRING, way=ways.joined(source.way, separator.text))

    def _extension(self, tree: Call, source: Step, focus: Types) -> Step:
        extensions = read_member(Member(tree.source, "extension", tree.offset), source, self._telling)
        url = self.step(tree.arguments[0], focus)
        run = functions.extension(extensions.run, url.run, self._telling.place(tree))
        test = ways.equal(ways.member(ways.Way(), "url"), url.text)
        return Step(run, frozenset({"Extension"}), way=ways.filtered(extensions.way, test))

    def _boundary(self, tree: Call, source: Step, focus: Types) -> Step:
        kind = next(iter(source.types)) if source.types and len(source.types) == 1 else None
        of_date = "time" if kind == "time" else "date" if kind == "date" else None
        bound = changes.bound(of_date, tree.name == "highBoundary")
        types = {"integer": "decimal", "Period": "dateTime"}.get(kind or "", kind)
        run = functions.of_one(source.run, bound, self._telling.place(tree))
        return Step(run, frozenset({types}) if types else None, way=ways.finished(source.way, bound))

    def _resource_key(self, tree: Call, source: Step, focus: Types) -> Step:
        run = functions.resource_keys(source.run)
        return Step(run, frozenset({"id"}), way=ways.changed(source.way, changes.resource_key))

    def _reference_key(self, tree: Call, source: Step, focus: Types) -> Step:
        kind = type_name(tree, self._telling) if tree.arguments else None
        if kind and not r4.is_resource(kind):
            hint = nearest(kind, r4.resource_types()) or "name a resource type"
            raise self._telling.fault(tree.arguments[0], "V208", f"{kind!r} is no resource type", hint)
        referred = changes.reference_key(kind)
        run = functions.of_each(source.run, referred)
        return Step(run, frozenset({"id"}), way=ways.changed(source.way, referred))

    def _of_type(self, tree: Call, focus: Types) -> Step:
        kind = type_name(tree, self._telling)
        if not kinds.is_type(kind):
            hint = nearest(kind, r4.types()) or "name a type of FHIR, such as string or Quantity"
            raise self._telling.fault(tree.arguments[0], "V208", f"{kind!r} is no type of FHIR", hint)
        if not isinstance(tree.source, Member):
            return narrow(tree, self.step(tree.source, focus), kind, self._telling)
        owner = self.step(tree.source.source, focus)
        chosen = read_choice(tree.source, owner, kind, self._telling)
        return chosen or narrow(tree, read_member(tree.source, owner, self._telling), kind, self._telling)


_Caller = Callable[[_Compiler, Call, Step, Types], Step]

_CALLS: Mapping[str, _Caller] = {
    "where": _Compiler._where,
    "exists": _Compiler._exists,
    "empty": _Compiler._empty,
    "extension": _Compiler._extension,
    "join": _Compiler._join,
    "first": _Compiler._first,
    "lowBoundary": _Compiler._boundary,
    "highBoundary": _Compiler._boundary,
    "not": _Compiler._not,
    "getResourceKey": _Compiler._resource_key,
    "getReferenceKey": _Compiler._reference_key,
}


def _constant(value: str | int | float | bool, kind: str) -> Step:
    text = value if isinstance(value, str) else None
    return Step(functions.constant(value), frozenset({kind}), text=text)


def _resource(item: object, scope: Scope) -> Values:
    return [scope.resource]
