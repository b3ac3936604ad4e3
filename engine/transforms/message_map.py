"""Running a compiled message mapping: the segments of one message in, resources out, each with id and references."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from engine.canonical.identity import SEPARATOR, id_of, remembered_id_of
from engine.canonical.resource import Body, Origin, Resource
from engine.hl7.message import Message
from engine.transforms.arrange import Scope
from engine.transforms.compile_form import compile_form
from engine.transforms.fields import Scene
from engine.transforms.forms import Form, Sample
from engine.transforms.held import hold
from engine.transforms.jobs import Late
from engine.transforms.late import Around, Finisher, placed
from engine.transforms.layout import Layout, Turn, lay_out
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.referring import Kept, Near, references_of
from engine.transforms.values import ValueFault

_new = tuple.__new__
"""What a NamedTuple calls too, which checks nothing that is not checked here."""


class StructureFault(Exception):
    """The message has not the segments that its mapping needs: holds where, and what is wrong there."""

    def __init__(self, position: str, what: str) -> None:
        super().__init__(f"{what} ({position}) - correct the message at the sender")
        self.position = position
        self.what = what


def map_message(message: Message, plan: MessagePlan, scene: Scene, origin: Origin, digest: str) -> list[Resource]:
    """The resources of a message, those first that others are named by.

    What nothing names gets its id from `digest`, the hash of the raw bytes, and its place among the resources. Raises
    StructureFault and ValueFault; the positions of the latter name the segment (`OBX[3]-5`).
    """
    layout = lay_out(message.names, plan)
    if layout.fault:
        raise StructureFault(*layout.fault)
    rows = message.split(layout.others, layout.headers)
    around = Around(message, rows, scene, origin, plan)
    for form in layout.forms:
        if form.fits(rows, message.lines, scene.text):
            made = _make_form(form, around, digest)
            if made is not None:
                return made
    return _make(layout, around, digest)


def _make(layout: Layout, around: Around, digest: str) -> list[Resource]:
    """The resources of a message, each by the functions that there are for what its segments hold."""
    plan, runs, maker = around.plan, layout.runs, Maker(around, digest)
    if plan.has_variants:
        sample = Sample(around.message, around.rows, layout.used)
        runs = layout.ready_for(hold(*sample, plan.telling), sample, partial(compile_form, plan))
    for scope, steps in runs:
        maker.enter(scope)
        for one, turns in steps:
            maker.make(one, turns, scope)
    for scope, _ in runs:
        if scope.plan.waiting:
            maker.refer(scope)
    maker.finish()
    return maker.made


def _make_form(form: Form, around: Around, digest: str) -> list[Resource] | None:
    """The resources of a message of a form; None where a value is at fault, for others to tell which."""
    scene, maker = around.scene, Maker(around, digest)
    try:
        form.make(maker, around.rows, scene, around.origin)
    except ValueFault:
        scene.misses, scene.drafts = [], {}
        return None
    return maker.made


class Maker:
    """Makes the resources of one message."""

    __slots__ = ("_around", "_digest", "_finisher", "_ids", "_is_asked", "_kept", "_near", "counts", "made")

    def __init__(self, around: Around, digest: str) -> None:
        self.made: list[Resource] = []
        self._around = around
        self._digest = digest
        self.counts: dict[str, int] = {}
        """How many are called the same so far."""
        self._kept: Kept = []
        self._ids: list[dict[str, str]] = []
        """By run of a group the ids of what was made there and around it, by the key of its rule."""
        self._near: list[Near] = []
        """By run of a group the references to what was made there and around it."""
        self._finisher: Finisher | None = None
        self._is_asked = around.plan.tells or around.scene.trace is not None
        """Whether what is made from fields has to be told which segment it stands in."""

    def enter(self, scope: Scope) -> tuple[dict[str, str], Near, dict[str, list[Resource]]]:
        """Begin to make what stands in a run of a group, after all around it: ids, references, what is kept there."""
        outer, kept = scope.outer, dict[str, list[Resource]]()
        ids = self._ids[outer.number].copy() if outer else {}
        near = self._near[outer.number].copy() if outer else {}
        self._ids.append(ids)
        self._near.append(near)
        self._kept.append(kept)
        return ids, near, kept

    def make(self, plan: ResourcePlan, turns: tuple[Turn, ...], scope: Scope) -> None:
        """Make the resources of one rule in one run of a group."""
        message, rows, scene, origin, _ = self._around
        made, kind = self.made, plan.type
        ids, notes = self._ids[scope.number], plan.is_found or self._is_asked
        references = references_of(plan.early, scope, self._near[scope.number], self._kept) if plan.early else None
        first = len(made)
        for place, take, make, test, late, _ in turns:
            row = take(rows)
            if test is not None and not test(*row, scene):
                continue
            try:
                called, counted, body, deleted, inferred = make(*row, scene, ids)
            except ValueFault as fault:
                raise placed(fault, place, message) from None
            if counted or called is None:
                identity = self.count(plan, called)
            else:
                identity = remembered_id_of(called)
            body["id"] = identity
            if references:
                body.update(references)
            made.append(_new(Resource, (kind, identity, body, origin, len(made), deleted, inferred, called is None)))
            if notes or late is not None:
                self.note(made[-1], plan, scope, place, late, row)
        if len(made) > first:
            self.keep(plan, scope, made[first:])

    def keep(self, plan: ResourcePlan, scope: Scope, made: list[Resource]) -> None:
        """Keep what was made by a rule for what refers to it or is named by it."""
        number, one = scope.number, made[0]
        self._kept[number][plan.key] = made
        self._ids[number][plan.key] = "" if one.weak else one.id
        if plan.is_target:
            self._near[number][plan.key] = {"reference": f"{one.type}/{one.id}"}

    def count(self, plan: ResourcePlan, called: str | None) -> str:
        """The id of one that is counted among those called the same; what nothing names the message itself does."""
        kind = f"{plan.type}{SEPARATOR}"
        if called is None:
            called = f"{kind}{self._around.origin.facility}{SEPARATOR}{SEPARATOR}{self._digest}{SEPARATOR}{plan.key}"
        counted = called[len(kind) :]
        number = self.counts[counted] = self.counts.get(counted, 0) + 1
        return id_of(f"{called}{SEPARATOR}{number}")

    def refer(self, scope: Scope) -> None:
        """Put the references into what waited for what it refers to."""
        kept = self._kept[scope.number]
        for plan in scope.plan.waiting:
            if plan.key in kept:
                references: Body = references_of(plan.references, scope, self._near[scope.number], self._kept)
                for resource in kept[plan.key]:
                    resource.body.update(references)

    @property
    def note(self) -> Callable[[Resource, ResourcePlan, Scope, int, Late | None, tuple[Any, ...]], None]:
        """Keeps what is needed of a resource when all is made, and sees what was made from fields on the way."""
        return self._finishing().note

    def finish(self) -> None:
        """Fill in what refers to others, and add what was made from fields."""
        if self._finisher or self._around.scene.drafts:
            self._finishing().finish()

    def _finishing(self) -> Finisher:
        if self._finisher is None:
            self._finisher = Finisher(self._around, self.made, self._kept)
        return self._finisher
