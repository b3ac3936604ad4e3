"""Running a compiled message mapping: the segments of one message in, drafts of resources out."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.canonical.identity import SEPARATOR, id_of, remembered_id_of
from engine.canonical.resource import Body, Origin, Resource
from engine.hl7.message import Message
from engine.transforms.arrange import Scope
from engine.transforms.compile import Added, Late, Make
from engine.transforms.embedding import Draft, completed
from engine.transforms.erasing import add, give_way
from engine.transforms.fields import Scene
from engine.transforms.held import held_by
from engine.transforms.layout import Layout, Spot, Step, lay_out
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.referring import Found, Kept, References, Where, references_of
from engine.transforms.values import ValueFault
from engine.transforms.variants import Variant, Variants

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
    for scope, steps in layout.runs:
        ids = maker.enter(scope)
        for step in steps:
            maker.make(step, ids)
    for scope, _ in layout.runs:
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
        self._held = list(map(held_by, self._rows)) if plan.has_variants else []
        self._scene = scene
        self._origin = origin
        self._digest = digest
        self._plan = plan
        self._counts: dict[str, int] = {}
        self._late: list[_Late] = []
        self._found: Found = {}
        self._told = 0
        self._kept: Kept = []
        self._ids: list[dict[str, str]] = []

    def enter(self, scope: Scope) -> dict[str, str]:
        """Begin to make what stands in a run of a group, after all that stands around: the ids of that by key."""
        ids = self._ids[scope.outer.number].copy() if scope.outer else {}
        self._ids.append(ids)
        self._kept.append({})
        return ids

    def make(self, step: Step, ids: dict[str, str]) -> None:
        """Make the resources of one kind in one scope."""
        plan, scope, made, first = step.plan, step.scope, self.made, len(self.made)
        references: Body | None = None
        for spot in step.spots:
            row = self._row(spot)
            functions = self._functions(plan, spot, row)
            if functions is None:
                continue
            make, late = functions
            try:
                called, counted, body, deleted, inferred = make(*row, self._scene, ids)
            except ValueFault as fault:
                raise ValueFault(_position(fault.position, spot.place, self._message), fault.type_name) from None
            identity = self._identify(plan, called, counted)
            body["id"] = identity
            if references is None:
                references = self._references_before(scope, plan)
            body.update(references)
            made.append(
                _new(Resource, (plan.type, identity, body, self._origin, len(made), deleted, inferred, called is None))
            )
            if late or plan.is_found or len(self._scene.drafts) > self._told or self._scene.trace:
                self._note(made[-1], step, spot, late, row)
        if len(made) > first:
            self._kept[scope.number][plan.key] = made[first:]
            ids[plan.key] = "" if made[first].weak else made[first].id

    def _row(self, spot: Spot) -> tuple[Any, ...]:
        """The fields of the segments that its functions take."""
        rows = self._rows
        if spot.every:
            return (*spot.take(rows), *([rows[place] for place in every] for every in spot.every))
        return spot.take(rows)

    def _functions(self, plan: ResourcePlan, spot: Spot, row: tuple[Any, ...]) -> tuple[Make, Late | None] | None:
        """What makes the resource, and what adds references to others; None where none is made."""
        found = self._variant(plan.variants, spot) if plan.variants else None
        if found:
            make, test, late = found
            return None if make is None or (test and not test(*row, self._scene)) else (make, late)
        if plan.test and (len(row[0]) <= plan.least or not plan.test.get()(*row, self._scene)):
            return None
        return plan.make.get(), plan.late.get() if plan.late and _has_more(plan, row) else None

    def _variant(self, variants: Variants, spot: Spot) -> Variant | None:
        held = spot.take(self._held)
        if spot.every:
            held += spot.flags
        return variants.known.get(held) or variants.count(held)

    def _references_before(self, scope: Scope, plan: ResourcePlan) -> Body:
        """The references to what has been made already, none where any is still to be made."""
        return references_of(plan, scope, self._kept) if plan.references and not plan.waits else {}

    def refer(self, scope: Scope) -> None:
        """Put the references into what waited for what it refers to."""
        kept = self._kept[scope.number]
        for plan in scope.plan.waiting:
            if plan.key in kept:
                references = references_of(plan, scope, self._kept)
                for resource in kept[plan.key]:
                    resource.body.update(references)

    def finish(self) -> None:
        """Fill in what refers to others, now that all is made, and add what was made from fields."""
        for one in self._late:
            self._fill(one)
        if self._scene.drafts:
            self._add_drafts()

    def _note(self, resource: Resource, step: Step, spot: Spot, late: Late | None, row: tuple[Any, ...]) -> None:
        """Keep what is needed when all is made, and see what was made from fields on the way."""
        plan, where = step.plan, Where(step.scope, spot.place)
        if self._scene.trace:
            self._scene.trace.make(resource.body, plan.key, self._position(where.place))
        if late:
            self._late.append(_Late(late, where, row, resource))
        if plan.is_found:
            self._found.setdefault((plan.key, id(self._rows[where.place])), resource)
        if len(self._scene.drafts) > self._told:
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
        made, drafts = self.made, self._scene.drafts
        told = 0
        while told < len(drafts):  # what refers to others may make further ones
            for draft in list(drafts.values())[told:]:
                told += 1
                if draft.embedding.late and draft.refs:
                    self._finish_draft(draft)
        own = {one.id: one.place for one in made if one.type in self._plan.embeds}
        for draft in drafts.values():
            place = own.get(draft.id) if own else None
            resource = draft.resource(self._origin, len(made))
            if place is None:
                made.append(resource)
            else:
                made[place] = completed(made[place], resource, self._scene)

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
