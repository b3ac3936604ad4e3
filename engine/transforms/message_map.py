"""Running a compiled message mapping: the segments of one message in, drafts of resources out."""

from __future__ import annotations

from typing import Any

from engine.canonical.identity import SEPARATOR, id_of, remembered_id_of
from engine.canonical.resource import Origin, Resource
from engine.hl7.message import Message
from engine.transforms.arrange import Scope
from engine.transforms.embedding import Draft, completed
from engine.transforms.erasing import add, give_way
from engine.transforms.fields import Scene
from engine.transforms.held import hold
from engine.transforms.jobs import Added, Late
from engine.transforms.layout import Layout, Step, lay_out
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.referring import Found, Kept, Near, References, reference, references_of
from engine.transforms.values import ValueFault

_new = tuple.__new__
"""What a NamedTuple calls too, which checks nothing that is not checked here."""


NOBODY = 1 << 30
"""More resources than any message makes from its fields."""


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
        self._late: list[tuple[Late, Scope, int, tuple[Any, ...], Resource]] = []
        self._found: Found = {}
        self._told = 0 if plan.tells or scene.trace else NOBODY
        """How many of the resources made from fields have been told where they stand, where any asks."""
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
        kind, key, early, traces = plan.type, plan.key, plan.early, self._scene.trace
        scene, origin, made, rows, references = self._scene, self._origin, self.made, self._rows, None
        first = len(made)
        for (place, take, _), (make, test, late) in spots:
            row = take(rows)
            if test is not None and not test(*row, scene):
                continue
            try:
                called, counted, body, deleted, inferred = make(*row, scene, ids)
            except ValueFault as fault:
                raise ValueFault(_position(fault.position, place, self._message), fault.type_name) from None
            if counted or called is None:
                identity = self._count(kind, key, called)
            else:
                identity = remembered_id_of(f"{kind}{SEPARATOR}{origin.facility}{SEPARATOR}{called}")
            body["id"] = identity
            if early:
                references = references or references_of(early, scope, near, self._kept)
                body.update(references)
            made.append(_new(Resource, (kind, identity, body, origin, len(made), deleted, inferred, called is None)))
            if late or plan.is_found or traces or len(scene.drafts) > self._told:
                self._note(made[-1], plan, scope, place, late, row)
        if len(made) > first:
            self._keep(plan, scope, made[first:], ids, near)

    def _keep(self, plan: ResourcePlan, scope: Scope, made: list[Resource], ids: dict[str, str], near: Near) -> None:
        """Keep what was made under a key for what refers to it or is named by it."""
        self._kept[scope.number][plan.key] = made
        ids[plan.key] = "" if made[0].weak else made[0].id
        if plan.is_target:
            near[plan.key] = reference(made[0])

    def _count(self, kind: str, key: str, called: str | None) -> str:
        """The id of one that is counted among those called the same; what nothing names the message itself does."""
        called = f"{SEPARATOR}{self._digest}{SEPARATOR}{key}" if called is None else called
        number = self._counts[called] = self._counts.get(called, 0) + 1
        return id_of(f"{kind}{SEPARATOR}{self._origin.facility}{SEPARATOR}{called}{SEPARATOR}{number}")

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
            self._fill(*one)
        if self._scene.drafts:
            self._add_drafts()

    def _note(
        self, resource: Resource, plan: ResourcePlan, scope: Scope, place: int, late: Late | None, row: tuple[Any, ...]
    ) -> None:
        """Keep what is needed when all is made, and see what was made from fields on the way."""
        if late and _has_more(plan, row):
            self._late.append((late, scope, place, row, resource))
        if plan.is_found:
            self._found.setdefault((plan.key, id(self._rows[place])), resource)
        if self._scene.trace:
            self._scene.trace.make(resource.body, plan.key, self._position(place))
        if len(self._scene.drafts) > self._told:
            self._tell_drafts(scope, place)

    def _position(self, place: int) -> str:
        return self._message.position(self._message.segments[place])

    def _fill(self, late: Late, scope: Scope, place: int, row: tuple[Any, ...], resource: Resource) -> None:
        refs = References(scope, place, self._rows[place], self._found, resource.id, self._kept)
        try:
            added = late(*row, self._scene, refs)
        except ValueFault as fault:
            raise ValueFault(_position(fault.position, place, self._message), fault.type_name) from None
        self.made[resource.place] = _filled(resource, added, self._scene)
        if len(self._scene.drafts) > self._told:
            self._tell_drafts(scope, place)

    def _tell_drafts(self, scope: Scope, place: int) -> None:
        """Tell the resources that were made from fields since the last time which segment these stand in."""
        for draft in list(self._scene.drafts.values())[self._told :]:
            if draft.embedding.late:
                draft.refs = References(scope, place, self._rows[place], self._found, draft.id, self._kept)
            if self._scene.trace:
                self._scene.trace.make(draft.body, draft.embedding.name, self._position(place))
        self._told = len(self._scene.drafts)

    def _add_drafts(self) -> None:
        """Add the resources made from fields; of one that a rule made too, the rule's values go before."""
        made, drafts, embeds = self.made, self._scene.drafts, self._plan.embeds
        if self._told != NOBODY:
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
        self._tell_drafts(draft.refs.scope, draft.refs.place)


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
