"""Writing what makes the resources of messages of one form, one after the other."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import groupby

from engine.canonical.identity import SEPARATOR
from engine.transforms import nodes
from engine.transforms.arrange import Scope
from engine.transforms.form_locals import Asks, FormLocals
from engine.transforms.jobs import Make
from engine.transforms.layout import Run, Turn
from engine.transforms.nodes import Body, assign, call, constant, name, when
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.tidy import walk
from engine.transforms.write_inline import COUNTED, MADE, Inlined, inlined
from engine.transforms.write_tree import Bind

FEW = 16
"""So many resources of one rule are each written out, where they cannot be made in a loop."""

BodyOf = Callable[[Make], Body | None]
"""Gives the statements of a function, None of one that is called."""


MAKER = {
    "made": "made",
    "counts": "counts",
    "count": "count_of",
    "keep": "keep_made",
    "note": "note_made",
}
"""The locals for what is the maker's. Compiled code has functions that are called as some of these are."""


class TooMany(Exception):
    """A form would be too long."""


class FormWriter:
    """Writes the function of one form; objects of the plan are found by the names that `bind` gives them."""

    def __init__(self, plan: MessagePlan, bind: Bind, body_of: BodyOf) -> None:
        self._body_of = body_of
        self._is_asked = plan.tells
        self._names: dict[int, str] = {}
        self._name = bind
        resources = [one for group in plan.top.walk() for one in group.named]
        self._are_alike = len({one.type for one in resources if one.counts}) == 1
        """Whether all that are counted are of one type: then those of one name are those called the same."""
        self._plan = plan
        self._locals = FormLocals(plan, is_flat=False)
        self._count: int | None = 0
        """How many resources are made by now, None where that is not the same for every message."""

    def _bind(self, value: object) -> str:
        """The name of an object, the same each time."""
        if id(value) not in self._names:
            self._names[id(value)] = self._name(value)
        return self._names[id(value)]

    def write(self, runs: Sequence[Run]) -> Body:
        """The statements that let the maker make all; raises TooMany."""
        if not self._is_asked and not self._locals.sought:
            with suppress(Asks):
                return self._write(runs, is_flat=True)
        return self._write(runs, is_flat=False)

    def _write(self, runs: Sequence[Run], *, is_flat: bool) -> Body:
        self._locals, self._count = FormLocals(self._plan, is_flat=is_flat), 0
        body: Body = [assign("told", constant(0))] if self._is_asked else []
        scopes = [(scope, self._bind(scope), steps) for scope, steps in runs]
        for scope, bound, steps in scopes:
            body += self._run(scope, bound, steps)
        waiting = (bound for scope, bound, _ in scopes if scope.plan.waiting)
        body += [nodes.do(nodes.method(name("maker"), "refer", name(bound))) for bound in waiting]
        read = {node.id for one in body for node in walk(one) if isinstance(node, ast.Name)}
        own = (assign(local, nodes.attribute("maker", of)) for of, local in MAKER.items() if local in read)
        return [*own, *body, nodes.do(nodes.method(name("maker"), "finish"))]

    def _run(self, scope: Scope, bound: str, steps: Iterable[tuple[ResourcePlan, tuple[Turn, ...]]]) -> Body:
        body = self._locals.enter(scope, bound)
        for plan, turns in steps:
            body += self._step(plan, turns, scope, bound)
            if any(test is None for _, _, _, test, _, _ in turns):
                self._locals.settle(plan.key, scope)
        return body

    def _step(self, plan: ResourcePlan, turns: Sequence[Turn], scope: Scope, bound: str) -> Body:
        if len(turns) == 1:
            return self._single(plan, turns[0], scope, bound)
        is_kept = self._locals.is_kept(plan)
        if is_kept:
            self._locals.ask()
        keep = call(MAKER["keep"], name(self._bind(plan)), name(bound), nodes.tail("made", "made_before"))
        more = nodes.compare(call("len", name("made")), ast.Gt(), name("made_before"))
        body: Body = [assign("made_before", call("len", name("made")))] if is_kept else []
        for alike in _alike(turns):
            if len(alike) > 1 and not _is_noted(plan, alike[0]):
                body += self._loop(plan, alike, scope, bound)
                continue
            if len(alike) > FEW:
                raise TooMany
            for turn in alike:
                body += self._turn(plan, turn, scope, bound, [])
        return [*body, when(more, [nodes.do(keep)])] if is_kept else body

    def _loop(self, plan: ResourcePlan, turns: Sequence[Turn], scope: Scope, bound: str) -> Body:
        """The resources of segments of which only the first differs."""
        spot, before = turns[0][-1], self._count
        row: list[ast.expr] = [name("row"), *(nodes.item("rows", one) for one in spot.inputs[1:])]
        row += [ast.List([], ast.Load()) for _ in spot.every]
        again = self._locals.begin_loop(plan, scope)
        self._count = None
        body = self._made(plan, turns[0], name("place"), row, scope, bound)
        self._count = None if before is None or turns[0][3] is not None else before + len(turns)
        self._locals.end_loop()
        if not self._is_asked:
            return [*again, nodes.each("row", nodes.part("rows", turns[0][0], turns[-1][0] + 1), body)]
        places = ast.Tuple([constant(turn[0]) for turn in turns], ast.Load())
        return [*again, nodes.each("place", places, [assign("row", nodes.entry("rows", "place")), *body])]

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
        _, _, _, test, _, _ = turn
        built = self._built(plan, turn, row, scope)
        body: Body = [
            *built.body,
            *self._named(plan, built),
            nodes.put("body", "id", name("identity")),
            *self._locals.references(plan, scope),
            assign("one", self._resource(plan, built)),
            nodes.do(nodes.method(name("made"), "append", name("one"))),
            *self._noted(plan, turn, place, row, bound),
            *kept,
        ]
        if test is None:
            self._count = None if self._count is None else self._count + 1
            return body
        self._count = None
        return [when(call(self._bind(test), *row, name("scene")), body)]

    def _built(self, plan: ResourcePlan, turn: Turn, row: list[ast.expr], scope: Scope) -> Inlined:
        """The statements that build one resource: those of its function, or a call of it."""
        make = turn[2]
        function = self._body_of(make)
        if function is None:
            self._locals.ask()
            targets = ast.Tuple([ast.Name(one, ast.Store()) for one in MADE], ast.Store())
            called = call(self._bind(make), *row, name("scene"), name("ids"))
            return Inlined([ast.Assign([targets], called)], {}, asks=True)
        every = (f"all_{one}" for one in plan.all_followers)
        built = inlined(function, [plan.segment, *plan.followers, *plan.others, *every], row, self._locals.ids(scope))
        if built.asks:
            self._locals.ask()
        return built

    def _named(self, plan: ResourcePlan, built: Inlined) -> Body:
        """The id, of what it is called, and of how many are called so."""
        weak = call(MAKER["count"], name(self._bind(plan)), name("called"))
        known = call("remembered_id_of", name("called"))
        counted = built.known.get(COUNTED, name(COUNTED))
        if not plan.counts or (isinstance(counted, ast.Constant) and not counted.value):
            return [assign("identity", nodes.either(nodes.none("called"), weak, known))]
        if not self._are_alike:
            asked = nodes.some([counted, nodes.none("called")])
            return [assign("identity", nodes.either(asked, weak, known))]
        others = assign("identity", nodes.either(nodes.none("called"), weak, known))
        return [when(counted, _counted(), [others])]

    def _noted(self, plan: ResourcePlan, turn: Turn, place: ast.expr, row: list[ast.expr], bound: str) -> Body:
        """What is filled in further is noted, what others find by its segment, and what was made from fields of it."""
        if not self._is_asked and not _is_noted(plan, turn):
            return []
        late = name(self._bind(turn[4])) if turn[4] else constant(None)
        taken = ast.Tuple(row, ast.Load())
        noted = nodes.do(call(MAKER["note"], name("one"), name(self._bind(plan)), name(bound), place, late, taken))
        drafts = call("len", nodes.attribute("scene", "drafts"))
        body: Body = [noted, *([assign("told", drafts)] if self._is_asked else [])]
        return body if _is_noted(plan, turn) else [when(nodes.compare(drafts, ast.Gt(), name("told")), body)]

    def _single(self, plan: ResourcePlan, turn: Turn, scope: Scope, bound: str) -> Body:
        """The one resource of a rule in a run of a group."""
        kept = self._locals.keep(plan, is_certain=turn[3] is None)
        body = self._turn(plan, turn, scope, bound, kept.body)
        if turn[3] is None:
            self._locals.settle(plan.key, scope, kept.local)
        return body

    def _resource(self, plan: ResourcePlan, built: Inlined) -> ast.expr:
        place = call("len", name("made")) if self._count is None else constant(self._count)
        deleted, inferred = (built.known.get(one, name(one)) for one in ("deleted", "inferred"))
        told = (constant(plan.type), *map(name, ("identity", "body", "origin")), place, deleted, inferred)
        return call("new", name("Resource"), ast.Tuple([*told, nodes.none("called")], ast.Load()))


def _counted() -> Body:
    """The id of one that is counted."""
    before = nodes.method(name("counts"), "get", name("called"), constant(0))
    targets = [ast.Name("number", ast.Store()), ast.Subscript(name("counts"), name("called"), ast.Store())]
    called = nodes.join(SEPARATOR, [name("called"), name("number")])
    return [
        ast.Assign(list(targets), ast.BinOp(before, ast.Add(), constant(1))),
        assign("identity", call("id_of", called)),
    ]


def _alike(turns: Sequence[Turn]) -> list[list[Turn]]:
    """The resources in runs that are made by the same functions, of segments that follow on each other."""

    def key(indexed: tuple[int, Turn]) -> object:
        index, (_, _, make, test, late, spot) = indexed
        same = (id(make), id(test), id(late), spot.inputs[1:])
        return (*same, index) if any(spot.every) else (*same, "", spot.inputs[0] - index)

    return [[turn for _, turn in found] for _, found in groupby(enumerate(turns), key=key)]


def _is_noted(plan: ResourcePlan, turn: Turn) -> bool:
    return plan.is_found or turn[4] is not None
