"""Running a compiled message mapping: the segments of one message in, drafts of resources out."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.canonical.identity import SEPARATOR, id_of, remembered_id_of
from engine.canonical.resource import Origin, Resource
from engine.hl7.message import Message
from engine.transforms.arrange import Scope
from engine.transforms.compile import Added, Late
from engine.transforms.embedding import Draft, completed
from engine.transforms.erasing import add, give_way
from engine.transforms.fields import Scene
from engine.transforms.held import hold
from engine.transforms.layout import Layout, Step, lay_out
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.referring import Found, Kept, Near, References, Where, reference, references_of
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
    maker = _Maker(message, scene, origin, digest, plan, layout)
    for scope, steps in maker.runs:
        ids, near = maker.enter(scope)
        for step in steps:
            maker.make(step, scope, ids, near)
    for scope, _ in maker.runs:
        if scope.plan.waiting:
            maker.refer(scope)
    maker.finish()
    return maker.made


class _Maker:
    """Makes the resources of one message."""

    def __init__(
        self, message: Message, scene: Scene, origin: Origin, digest: str, plan: MessagePlan, layout: Layout
    ) -> None:
        self.made: list[Resource] = []
        self._message = message
        self._rows = message.split(layout.used)
        self.runs = layout.runs
        if plan.has_variants:
            self.runs = layout.ready_for(hold(message, self._rows, layout.used, plan.telling))
        self._scene = scene
        self._origin = origin
        self._digest = digest
        self._plan = plan
        self._counts: dict[str, int] = {}
        self._late: list[_Late] = []
        self._found: Found = {}
        self._told = 0
        self._tells = plan.tells or scene.trace is not None
        self._kept: Kept = []
        self._ids: list[dict[str, str]] = []
        self._near: list[Near] = []

    def enter(self, scope: Scope) -> tuple[dict[str, str], Near]:
        """Begin to make what stands in a run of a group, after all around it: its ids by key, and references to it."""
        around = scope.outer.number if scope.outer else None
        ids = {} if around is None else self._ids[around].copy()
        near = {} if around is None else self._near[around].copy()
        self._ids.append(ids)
        self._near.append(near)
        self._kept.append({})
        return ids, near

    def make(self, step: Step, scope: Scope, ids: dict[str, str], near: Near) -> None:
        """Make the resources of one kind in one scope."""
        plan, spots = step
        scene, made, rows, references, first = self._scene, self.made, self._rows, None, len(self.made)
        for spot, (make, test, late) in spots:
            row = spot.take(rows)
            if spot.every:
                row = (*row, *([rows[place] for place in every] for every in spot.every))
            if test is not None and not test(*row, scene):
                continue
            try:
                called, counted, body, deleted, inferred = make(*row, scene, ids)
            except ValueFault as fault:
                raise ValueFault(_position(fault.position, spot.place, self._message), fault.type_name) from None
            identity = body["id"] = self._identify(plan, called, counted)
            if plan.early:
                references = references or references_of(plan.early, scope, near, self._kept)
                body.update(references)
            whole = (plan.type, identity, body, self._origin, len(made), deleted, inferred, called is None)
            made.append(_new(Resource, whole))
            if late or plan.is_found or (self._tells and (scene.trace or len(scene.drafts) > self._told)):
                self._note(made[-1], plan, Where(scope, spot.place), late, row)
        if len(made) > first:
            self._keep(plan, scope, made[first:], ids, near)

    def _keep(self, plan: ResourcePlan, scope: Scope, made: list[Resource], ids: dict[str, str], near: Near) -> None:
        """Keep what was made under a key for what refers to it or is named by it."""
        self._kept[scope.number][plan.key] = made
        ids[plan.key] = "" if made[0].weak else made[0].id
        if plan.is_target:
            near[plan.key] = reference(made[0])

    def refer(self, scope: Scope) -> None:
        """Put the references into what waited for what it refers to."""
        kept = self._kept[scope.number]
        for plan in scope.plan.waiting:
            if plan.key in kept:
                references = references_of(plan.references, scope, self._near[scope.number], self._kept)
                for resource in kept[plan.key]:
                    resource.body.update(references)

    def finish(self) -> None:
        """Fill in what refers to others, now that all is made, and add what was made from fields."""
        for one in self._late:
            self._fill(one)
        if self._scene.drafts:
            self._add_drafts()

    def _note(
        self, resource: Resource, plan: ResourcePlan, where: Where, late: Late | None, row: tuple[Any, ...]
    ) -> None:
        """Keep what is needed when all is made, and see what was made from fields on the way."""
        if self._scene.trace:
            self._scene.trace.make(resource.body, plan.key, self._position(where.place))
        if late and _has_more(plan, row):
            self._late.append(_Late(late, where, row, resource))
        if plan.is_found:
            self._found.setdefault((plan.key, id(self._rows[where.place])), resource)
        if self._tells and len(self._scene.drafts) > self._told:
            self._tell_drafts(where)

    def _position(self, place: int) -> str:
        return self._message.position(self._message.segments[place])

    def _fill(self, one: _Late) -> None:
        resource, where = one.resource, one.where
        try:
            added = one.late(*one.row, self._scene, self._references(where, resource.id))
        except ValueFault as fault:
            raise ValueFault(_position(fault.position, where.place, self._message), fault.type_name) from None
        self.made[resource.place] = _filled(resource, added, self._scene)
        if self._tells:
            self._tell_drafts(where)

    def _references(self, where: Where, own: str) -> References:
        return References(where, self._rows[where.place], self._found, own, self._kept)

    def _tell_drafts(self, where: Where) -> None:
        """Tell the resources that were made from fields since the last time which segment these stand in."""
        for draft in list(self._scene.drafts.values())[self._told :]:
            if draft.embedding.late:
                draft.refs = self._references(where, draft.id)
            if self._scene.trace:
                self._scene.trace.make(draft.body, draft.embedding.name, self._position(where.place))
        self._told = len(self._scene.drafts)

    def _add_drafts(self) -> None:
        """Add the resources made from fields; of one that a rule made too, the rule's values go before."""
        made, drafts, embeds = self.made, self._scene.drafts, self._plan.embeds
        if self._tells:
            self._finish_drafts()
        own = {one.id: one.place for one in made if one.type in embeds} if embeds else {}
        for draft in drafts.values():
            resource = draft.resource(self._origin, len(made))
            place = own.get(resource.id)
            if place is None:
                made.append(resource)
            else:
                made[place] = completed(made[place], resource, self._scene)

    def _finish_drafts(self) -> None:
        """Fill in what resources made from fields refer to."""
        drafts = self._scene.drafts
        told = 0
        while told < len(drafts):  # what refers to others may make further ones
            for draft in list(drafts.values())[told:]:
                told += 1
                if draft.embedding.late and draft.refs:
                    self._finish_draft(draft)

    def _finish_draft(self, draft: Draft) -> None:
        added = draft.embedding.late(*draft.given, draft.refs) if draft.embedding.late else ({}, (), ())
        filled = _filled(draft.resource(self._origin, 0), added, self._scene)
        draft.deleted, draft.inferred = filled.deleted, filled.inferred
        self._tell_drafts(draft.refs.where)

    def _identify(self, plan: ResourcePlan, called: str | None, counted: bool) -> str:
        if called is None:  # named by the message, and counted among those of its kind
            called, counted = f"{SEPARATOR}{self._digest}{SEPARATOR}{plan.key}", True
        start = f"{plan.type}{SEPARATOR}{self._origin.facility}{SEPARATOR}{called}"
        if not counted:
            return remembered_id_of(start)
        number = self._counts[called] = self._counts.get(called, 0) + 1
        return id_of(f"{start}{SEPARATOR}{number}")


class _Late(NamedTuple):
    """A resource that lacks what refers to others, and what its functions take."""

    late: Late
    where: Where
    row: tuple[Any, ...]
    resource: Resource


def _filled(resource: Resource, added: Added, scene: Scene) -> Resource:
    """The resource with what was built later."""
    part, deleted, inferred = added
    if resource.inferred:
        give_way(resource.body, part, resource.inferred, [one for one in part if one not in inferred])
    add(resource.body, part)
    if scene.trace:
        scene.trace.join(resource.body, part)
    if not deleted and not inferred:
        return resource
    told = (*(one for one in resource.inferred if one not in part), *inferred)
    return resource._replace(deleted=(*resource.deleted, *deleted), inferred=told)


def _position(position: str, place: int, message: Message) -> str:
    """The position with the number of its segment where the message has more than one of that name."""
    name, _, rest = position.partition("-")
    if name != message.names[place] or message.names.count(name) == 1:
        return position
    return f"{message.position(message.segments[place])}-{rest}"


def _has_more(plan: ResourcePlan, row: tuple[Any, ...]) -> bool:
    """Whether there is something to note of a resource: most have no segment of those that refer to others."""
    return not plan.late_follows or any(row[-plan.late_follows :])
