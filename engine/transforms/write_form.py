"""Writing what makes the resources of messages of one form, one after the other."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from itertools import groupby

from engine.transforms import nodes
from engine.transforms.arrange import Scope
from engine.transforms.layout import Run, Turn
from engine.transforms.nodes import Body, assign, call, constant, name, when
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.write_tree import Bind

FEW = 16
"""So many resources of one rule are each written out, where they cannot be made in a loop."""

MADE = ("called", "counted", "body", "deleted", "inferred")
"""The locals for what is made of one resource."""


class TooMany(Exception):
    """A form would be too long."""


class FormWriter:
    """Writes the function of one form; objects of the plan are found by the names that `bind` gives them."""

    def __init__(self, plan: MessagePlan, bind: Bind) -> None:
        self._is_asked = plan.tells
        self._names: dict[int, str] = {}
        self._name = bind
        self._certain: dict[int, set[str]] = {}
        """By run of a group the keys of what is made there, or around it, of every message of the form."""

    def _bind(self, value: object) -> str:
        """The name of an object, the same each time."""
        if id(value) not in self._names:
            self._names[id(value)] = self._name(value)
        return self._names[id(value)]

    def write(self, runs: Sequence[Run]) -> Body:
        """The statements that let the maker make all; raises TooMany."""
        body: Body = [assign(one, nodes.attribute("maker", one)) for one in ("made", "count", "keep", "note")]
        body += [assign("told", constant(0))] if self._is_asked else []
        scopes = [(scope, self._bind(scope), steps) for scope, steps in runs]
        for scope, bound, steps in scopes:
            body += self._run(scope, bound, steps)
        waiting = (bound for scope, bound, _ in scopes if scope.plan.waiting)
        body += [nodes.do(nodes.method(name("maker"), "refer", name(bound))) for bound in waiting]
        return [*body, nodes.do(nodes.method(name("maker"), "finish"))]

    def _run(self, scope: Scope, bound: str, steps: Iterable[tuple[ResourcePlan, tuple[Turn, ...]]]) -> Body:
        targets = ast.Tuple([ast.Name(one, ast.Store()) for one in ("ids", "near", "kept")], ast.Store())
        body: Body = [ast.Assign([targets], nodes.method(name("maker"), "enter", name(bound)))]
        self._certain[scope.number] = set(self._certain[scope.outer.number]) if scope.outer else set()
        for plan, turns in steps:
            body += self._step(plan, turns, scope, bound)
            if any(test is None for _, _, _, test, _, _ in turns):
                self._certain[scope.number].add(plan.key)
        return body

    def _step(self, plan: ResourcePlan, turns: Sequence[Turn], scope: Scope, bound: str) -> Body:
        if len(turns) == 1:
            return self._turn(plan, turns[0], scope, bound, self._kept(plan))
        keep = call("keep", name(self._bind(plan)), name(bound), nodes.tail("made", "first"))
        more = nodes.compare(call("len", name("made")), ast.Gt(), name("first"))
        body: Body = [assign("first", call("len", name("made")))]
        for alike in _alike(turns):
            if len(alike) > 1 and not _is_noted(plan, alike[0]):
                body.append(self._loop(plan, alike, scope, bound))
                continue
            if len(alike) > FEW:
                raise TooMany
            for turn in alike:
                body += self._turn(plan, turn, scope, bound, [])
        return [*body, when(more, [nodes.do(keep)])]

    def _loop(self, plan: ResourcePlan, turns: Sequence[Turn], scope: Scope, bound: str) -> ast.stmt:
        """The resources of segments of which only the first differs."""
        spot = turns[0][-1]
        row: list[ast.expr] = [name("row"), *(nodes.item("rows", one) for one in spot.inputs[1:])]
        row += [ast.List([], ast.Load()) for _ in spot.every]
        places = ast.Tuple([constant(turn[0]) for turn in turns], ast.Load())
        body = self._made(plan, turns[0], name("place"), row, scope, bound)
        return nodes.each("place", places, [assign("row", nodes.entry("rows", "place")), *body])

    def _turn(self, plan: ResourcePlan, turn: Turn, scope: Scope, bound: str, kept: Body) -> Body:
        spot = turn[-1]
        row = [nodes.item("rows", one) for one in spot.inputs]
        row += [ast.List([nodes.item("rows", one) for one in places], ast.Load()) for places in spot.every]
        return [*self._made(plan, turn, constant(turn[0]), row, scope, bound, kept)]

    def _made(
        self,
        plan: ResourcePlan,
        turn: Turn,
        place: ast.expr,
        row: list[ast.expr],
        scope: Scope,
        bound: str,
        kept: Sequence[ast.stmt] = (),
    ) -> Body:
        """The statements that make one resource, if its condition holds."""
        _, _, make, test, _, _ = turn
        targets = ast.Tuple([ast.Name(one, ast.Store()) for one in MADE], ast.Store())
        called = call("remembered_id_of", name("called"))
        counted = call("count", name(self._bind(plan)), name("called"))
        asked = nodes.some([name("counted"), nodes.none("called")])
        body: Body = [
            ast.Assign([targets], call(self._bind(make), *row, name("scene"), name("ids"))),
            assign("identity", nodes.either(asked, counted, called)),
            nodes.put("body", "id", name("identity")),
            *self._references(plan, scope),
            assign("one", _resource(plan)),
            nodes.do(nodes.method(name("made"), "append", name("one"))),
            *self._noted(plan, turn, place, row, bound),
            *kept,
        ]
        return body if test is None else [when(call(self._bind(test), *row, name("scene")), body)]

    def _references(self, plan: ResourcePlan, scope: Scope) -> Body:
        body: Body = []
        for one in plan.early:
            found: ast.expr = nodes.keyed("near", one.key)
            put = nodes.put("body", one.element, ast.List([found], ast.Load()) if one.is_list else found)
            there = nodes.compare(constant(one.key), ast.In(), name("near"))
            body.append(put if one.key in self._certain[scope.number] else when(there, [put]))
        return body

    def _noted(self, plan: ResourcePlan, turn: Turn, place: ast.expr, row: list[ast.expr], bound: str) -> Body:
        """What is filled in further is noted, what others find by its segment, and what was made from fields of it."""
        if not self._is_asked and not _is_noted(plan, turn):
            return []
        late = name(self._bind(turn[4])) if turn[4] else constant(None)
        taken = ast.Tuple(row, ast.Load())
        noted = nodes.do(call("note", name("one"), name(self._bind(plan)), name(bound), place, late, taken))
        drafts = call("len", nodes.attribute("scene", "drafts"))
        body: Body = [noted, *([assign("told", drafts)] if self._is_asked else [])]
        return body if _is_noted(plan, turn) else [when(nodes.compare(drafts, ast.Gt(), name("told")), body)]

    def _kept(self, plan: ResourcePlan) -> Body:
        """The one resource of a rule is kept for what refers to it, or is named by it."""
        known = nodes.either(nodes.none("called"), constant(""), name("identity"))
        body: Body = [
            nodes.put("kept", plan.key, ast.List([name("one")], ast.Load())),
            nodes.put("ids", plan.key, known),
        ]
        if plan.is_target:
            url = nodes.join("/", [constant(plan.type), name("identity")])
            body.append(nodes.put("near", plan.key, ast.Dict([constant("reference")], [url])))
        return body


def _resource(plan: ResourcePlan) -> ast.expr:
    place, weak = call("len", name("made")), nodes.none("called")
    told = (constant(plan.type), *map(name, ("identity", "body", "origin")), place, name("deleted"), name("inferred"))
    return call("new", name("Resource"), ast.Tuple([*told, weak], ast.Load()))


def _alike(turns: Sequence[Turn]) -> list[list[Turn]]:
    """The resources in runs that are made by the same functions, of segments that follow on each other."""

    def key(indexed: tuple[int, Turn]) -> object:
        index, (_, _, make, test, late, spot) = indexed
        same = (id(make), id(test), id(late), spot.inputs[1:])
        return (*same, index) if any(spot.every) else (*same, "", spot.inputs[0] - index)

    return [[turn for _, turn in found] for _, found in groupby(enumerate(turns), key=key)]


def _is_noted(plan: ResourcePlan, turn: Turn) -> bool:
    return plan.is_found or turn[4] is not None
