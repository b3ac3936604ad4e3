"""What the function of a form knows of the resources that it has made: their ids, and references to them."""

from __future__ import annotations

import ast
from typing import NamedTuple

from engine.transforms import nodes
from engine.transforms.arrange import Scope
from engine.transforms.nodes import Body, assign, constant, name, when
from engine.transforms.plan import MessagePlan, ReferencePlan, ResourcePlan


class Asks(Exception):
    """What is made has to be asked for."""


class Locals(NamedTuple):
    """The locals for what is made once: its id, as names of others are made of it, and the reference to it."""

    id: str
    near: str


class Kept(NamedTuple):
    """The statements that keep one resource, and the locals that it is in then."""

    body: Body
    local: Locals


class FormLocals:
    """The locals of one form, by run of a group and key of a rule.

    What is made once in every message of the form has locals of its own. Of the rest the maker knows, which is asked by
    `ids`, `near` and `kept`. A form that `is_flat` is one where nothing asks it: `ask` raises Asks there.
    """

    def __init__(self, plan: MessagePlan, *, is_flat: bool) -> None:
        self.is_flat = is_flat
        self.sought = sought(plan)
        resources = [one for group in plan.top.walk() for one in group.named]
        self._naming = {key for one in resources for key in one.parents}
        """The keys of resources that names of others are made of."""
        self._certain: dict[int, set[str]] = {}
        """By run of a group the keys of what is made there, or around it, of every message of the form."""
        self._locals: dict[int, dict[str, Locals]] = {}
        self._again: dict[str, str] = {}
        """The locals that hold references in a loop, by key."""
        self._numbered = 0

    def enter(self, scope: Scope, bound: str) -> Body:
        """The statements that begin a run of a group, after all around it."""
        outer = scope.outer
        self._certain[scope.number] = set(self._certain[outer.number]) if outer else set()
        self._locals[scope.number] = dict(self._locals[outer.number]) if outer else {}
        targets = ast.Tuple([ast.Name(one, ast.Store()) for one in ("ids", "near", "kept")], ast.Store())
        return [] if self.is_flat else [ast.Assign([targets], nodes.method(name("maker"), "enter", name(bound)))]

    def ask(self) -> None:
        """Note that the maker is asked for what was made."""
        if self.is_flat:
            raise Asks

    def settle(self, key: str, scope: Scope, local: Locals | None = None) -> None:
        """What a rule makes in a run of a group is there in every message of the form; `local` of what is made once."""
        self._certain[scope.number].add(key)
        if local:
            self._locals[scope.number][key] = local

    def is_kept(self, plan: ResourcePlan) -> bool:
        """Whether something asks for what a rule makes."""
        return plan.is_target or plan.key in self.sought | self._naming

    def ids(self, scope: Scope) -> dict[str, str]:
        """The locals that hold ids, by key."""
        return {key: one.id for key, one in self._locals[scope.number].items()}

    def begin_loop(self, plan: ResourcePlan, scope: Scope) -> Body:
        """The statements before a loop that look once for what all resources made in it refer to."""
        certain = {one.key for one in plan.early} & self._certain[scope.number] - self._locals[scope.number].keys()
        self._again = {key: f"again_{index}" for index, key in enumerate(sorted(certain))}
        return [assign(local, nodes.keyed("near", key)) for key, local in self._again.items()]

    def end_loop(self) -> None:
        """What comes next stands in the loop no more."""
        self._again = {}

    def references(self, plan: ResourcePlan, scope: Scope) -> Body:
        """The statements that let a resource refer to what was made before it."""
        return [self._refer(one, scope) for one in plan.early]

    def _refer(self, one: ReferencePlan, scope: Scope) -> ast.stmt:
        local = self._locals[scope.number].get(one.key)
        again = local.near if local else self._again.get(one.key)
        if not again:
            self.ask()
        found: ast.expr = name(again) if again else nodes.keyed("near", one.key)
        put = nodes.put("body", one.element, ast.List([found], ast.Load()) if one.is_list else found)
        there = nodes.compare(constant(one.key), ast.In(), name("near"))
        return put if local or one.key in self._certain[scope.number] else when(there, [put])

    def keep(self, plan: ResourcePlan, *, is_certain: bool) -> Kept:
        """The statements that keep the one resource of a rule for what refers to it, or is named by it."""
        self._numbered += 1
        local = Locals(f"id_{self._numbered}", f"near_{self._numbered}")
        reference = ast.Dict([constant("reference")], [nodes.join("/", [constant(plan.type), name("identity")])])
        known = nodes.either(nodes.none("called"), constant(""), name("identity"))
        held = [("ids", local.id, known)] if plan.key in self._naming else []
        held += [("near", local.near, reference)] if plan.is_target else []
        body: Body = [assign(one, value) for _, one, value in held]
        if plan.key in self.sought:
            body.append(nodes.put("kept", plan.key, ast.List([name("one")], ast.Load())))
        if not self.is_flat:
            body += [nodes.put(into, plan.key, name(one)) for into, one, _ in held]
        elif held and not is_certain:
            self.ask()
        return Kept(body, local)


def sought(plan: MessagePlan) -> frozenset[str]:
    """The keys of resources that are looked for when all are made."""
    waiting = [one for group in plan.top.walk() for one in group.named if one.waits]
    referred = {to.key for one in waiting for to in one.references}
    return plan.referred | referred | {one.key for one in waiting}
