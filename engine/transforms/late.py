"""What is filled in when all resources of a message are made: what refers to others, and what was made from fields."""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

from engine.canonical.resource import Origin, Resource
from engine.hl7.message import Message
from engine.transforms.arrange import Scope
from engine.transforms.embedding import Draft, completed
from engine.transforms.erasing import add, give_way
from engine.transforms.fields import Scene
from engine.transforms.jobs import Added, Late
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.referring import Found, Kept, References
from engine.transforms.values import ValueFault

Waiting = tuple[Late, Scope, int, tuple[Any, ...], Resource]
"""What fills in the rest of a resource, in which run, of which segment, of what."""


class Around(NamedTuple):
    """The message that resources are made of, and what stands in it."""

    message: Message
    rows: list[list[str]]
    scene: Scene
    origin: Origin
    plan: MessagePlan


class Finisher:
    """Completes the resources in `made`; `kept` are the same by run and rule."""

    __slots__ = (
        *("_found", "_kept", "_made", "_message", "_origin", "_plan", "_rows", "_scene", "_told", "_waiting"),
        "is_asked",
    )

    def __init__(self, around: Around, made: list[Resource], kept: Kept) -> None:
        self._message, self._rows, self._scene, self._origin, self._plan = around
        self._made = made
        self._kept = kept
        self._found: Found = {}
        self._waiting: list[Waiting] = []
        self.is_asked = self._plan.tells or self._scene.trace is not None
        """Whether what is made from fields has to be told which segment it stands in."""
        self._told = 0
        """How many of these have been told."""

    def note(
        self, resource: Resource, plan: ResourcePlan, scope: Scope, place: int, late: Late | None, row: tuple[Any, ...]
    ) -> None:
        """Keep what is needed when all is made, and see what was made from fields on the way."""
        if late and _has_more(plan, row):
            self._waiting.append((late, scope, place, row, resource))
        if plan.is_found:
            self._found.setdefault((plan.key, id(self._rows[place])), resource)
        if self._scene.trace:
            self._scene.trace.make(resource.body, plan.key, self._position(place))
        if self.is_asked and len(self._scene.drafts) > self._told:
            self._tell_drafts(scope, place)

    def finish(self) -> None:
        """Fill in what refers to others, and add what was made from fields."""
        for one in self._waiting:
            self._fill(*one)
        if self._scene.drafts:
            self._add_drafts()

    def _position(self, place: int) -> str:
        return self._message.position(self._message.segments[place])

    def _fill(self, late: Late, scope: Scope, place: int, row: tuple[Any, ...], resource: Resource) -> None:
        refs = References(scope, place, self._rows[place], self._found, resource.id, self._kept)
        try:
            added = part, deleted, inferred = late(*row, self._scene, refs)
        except ValueFault as fault:
            raise placed(fault, place, self._message) from None
        if deleted or inferred or resource.inferred or self._scene.trace:
            self._made[resource.place] = _filled(resource, added, self._scene)
        else:
            add(resource.body, part)
        if self.is_asked and len(self._scene.drafts) > self._told:
            self._tell_drafts(scope, place)

    def _tell_drafts(self, scope: Scope, place: int) -> None:
        """Tell the resources that were made from fields since the last time which segment these stand in."""
        drafts = self._scene.drafts
        for draft in islice(drafts.values(), self._told, None):
            if draft.embedding.late:
                draft.refs = References(scope, place, self._rows[place], self._found, draft.id, self._kept)
            if self._scene.trace:
                self._scene.trace.make(draft.body, draft.embedding.name, self._position(place))
        self._told = len(drafts)

    def _add_drafts(self) -> None:
        """Add the resources made from fields; of one that a rule made too, the rule's values go before."""
        made, drafts, embeds = self._made, self._scene.drafts, self._plan.embeds
        if self.is_asked:
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


def placed(fault: ValueFault, place: int, message: Message) -> ValueFault:
    """The fault with the number of its segment where the message has more than one of that name."""
    name, _, rest = fault.position.partition("-")
    if name != message.names[place] or message.names.count(name) == 1:
        return ValueFault(fault.position, fault.type_name)
    return ValueFault(f"{message.position(message.segments[place])}-{rest}", fault.type_name)


def _has_more(plan: ResourcePlan, row: tuple[Any, ...]) -> bool:
    """Whether there is something to note of a resource: most have no segment of those that refer to others."""
    follows = plan.late_follows
    return not follows or any(row[-follows:])
