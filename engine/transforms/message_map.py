"""Running a compiled message mapping: the segments of one message in, drafts of resources out."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.canonical.identity import identify
from engine.canonical.resource import Body, Origin, Resource
from engine.hl7.message import Message, Segment
from engine.transforms.arrange import Scope, arrange
from engine.transforms.compile import Added, Late
from engine.transforms.embedding import Draft, completed
from engine.transforms.erasing import add
from engine.transforms.fields import Scene
from engine.transforms.naming import ORDINAL
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.values import ValueFault

_NOBODY: dict[str, str] = {}
"""The ids for a name that is made of no other; nobody writes to it."""

Found = dict[tuple[str, int], Resource]
"""What was made from each segment, by the key of its rule and the identity of the segment's fields."""


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
    scopes = list(arrange(message.segments, plan).walk())
    _check(scopes, plan)
    maker = _Maker(message, scene, origin, digest, plan)
    for scope in scopes:
        for resource in scope.plan.named:
            scope.made[resource.key] = maker.make(scope, resource)
    for scope in scopes:
        for resource in scope.plan.named:
            _refer(scope, resource)
    maker.finish()
    for scope in scopes:
        scope.inner.clear()  # scopes know each other; parted, they and all they hold go at once, not at some collection
    return maker.made


def _check(scopes: list[Scope], plan: MessagePlan) -> None:
    for name in plan.needs:
        homes = [scope for scope in scopes if scope.plan is plan.homes[name]]
        if not homes or any(name not in scope.segments for scope in homes):
            raise StructureFault(name, f"the segment {name} is missing")
    for scope in scopes:
        for name, found in scope.segments.items():
            if len(found) > 1 and name in scope.plan.single:
                raise StructureFault(f"{name}[2]", f"a second {name} stands where one may")


class _Maker:
    """Makes the resources of one message."""

    def __init__(self, message: Message, scene: Scene, origin: Origin, digest: str, plan: MessagePlan) -> None:
        self.made: list[Resource] = []
        self._message = message
        self._scene = scene
        self._origin = origin
        self._digest = digest
        self._plan = plan
        self._counts: dict[tuple[str, ...], int] = {}
        self._late: list[_Late] = []
        self._found: Found = {}
        self._told = 0

    def make(self, scope: Scope, plan: ResourcePlan) -> list[Resource]:
        """The resources of one kind in one scope; what they are named by has been made."""
        segments = scope.segments.get(plan.segment) or _stand_ins(plan, scope)
        if not segments:
            return []
        ids = _named(scope, plan.parents) if plan.parents else _NOBODY
        made: list[Resource] = []
        for segment, arguments in zip(segments, _arguments(plan, scope, segments, self._plan.shared), strict=False):
            if plan.test is None or plan.test(*arguments, self._scene):
                try:
                    names, body, deleted, inferred = plan.make(*arguments, self._scene, ids)
                except ValueFault as fault:
                    raise ValueFault(_position(fault.position, segment, self._message), fault.type_name) from None
                if self._scene.trace:
                    self._scene.trace.make(body, plan.key, self._message.position(segment))
                called = names if names is not None and names[-1] != ORDINAL else self._called(plan, names)
                body["id"] = identity = identify(plan.type, self._origin.facility, called)
                index = len(self.made) + len(made)
                weak = names is None
                made.append(Resource(plan.type, identity, body, self._origin, index, deleted, inferred, weak))
                if plan.is_noted or self._scene.drafts:
                    self._note(made[-1], plan, scope, segment, arguments)
        self.made += made
        return made

    def _note(
        self, resource: Resource, plan: ResourcePlan, scope: Scope, segment: Segment, arguments: list[Any]
    ) -> None:
        """Keep what is needed when all is made, and see what was made from fields on the way."""
        if plan.late:
            self._late.append(_Late(plan.late, scope, segment, arguments, resource))
        if plan.key in self._plan.referred:
            self._found.setdefault((plan.key, id(segment.fields)), resource)
        if len(self._scene.drafts) > self._told:
            self._tell_drafts(scope, segment)

    def finish(self) -> None:
        """Fill in what refers to others, now that all is made, and add what was made from fields."""
        for one in self._late:
            self._fill(one)
        if self._scene.drafts:
            self._add_drafts()

    def _fill(self, one: _Late) -> None:
        resource = one.resource
        refs = References(one.scope, one.segment, self._found, resource.id)
        try:
            added = one.late(*one.arguments, self._scene, refs)
        except ValueFault as fault:
            raise ValueFault(_position(fault.position, one.segment, self._message), fault.type_name) from None
        self.made[resource.place] = _filled(resource, added, self._scene)
        self._tell_drafts(one.scope, one.segment)

    def _tell_drafts(self, scope: Scope, segment: Segment) -> None:
        """Tell the resources that were made from fields since the last time which segment these stand in."""
        for draft in list(self._scene.drafts.values())[self._told :]:
            draft.refs = References(scope, segment, self._found, draft.resource.id)
            if self._scene.trace:
                position = self._message.position(segment)
                self._scene.trace.make(draft.resource.body, draft.embedding.name, position)
        self._told = len(self._scene.drafts)

    def _add_drafts(self) -> None:
        """Add the resources made from fields; of one that a rule made too, the rule's values go before."""
        own = {one.id: one.place for one in self.made}
        told = 0
        while told < len(self._scene.drafts):  # what refers to others may make further ones
            for draft in list(self._scene.drafts.values())[told:]:
                told += 1
                self._finish_draft(draft)
        for draft in self._scene.drafts.values():
            resource = draft.resource._replace(origin=self._origin)
            if resource.id in own:
                place = own[resource.id]
                self.made[place] = completed(self.made[place], resource, self._scene)
            else:
                self.made.append(resource._replace(place=len(self.made)))

    def _finish_draft(self, draft: Draft) -> None:
        if draft.embedding.late and draft.refs:
            added = draft.embedding.late(*draft.given, draft.refs)
            draft.resource = _filled(draft.resource, added, self._scene)
            self._tell_drafts(draft.refs.scope, draft.refs.segment)

    def _called(self, plan: ResourcePlan, names: tuple[str, ...] | None) -> tuple[str, ...]:
        """A name with its ordinal, or one from the message itself where there is none."""
        if names is None:
            return ("", self._digest, plan.key, self._count(("", plan.key)))
        return (*names[:-1], self._count(names))

    def _count(self, called: tuple[str, ...]) -> str:
        number = self._counts[called] = self._counts.get(called, 0) + 1
        return str(number)


class References:
    """What the elements of one resource may refer to, found from the segment that they are read from."""

    __slots__ = ("_found", "_own", "scope", "segment")

    def __init__(self, scope: Scope, segment: Segment, found: Found, own: str) -> None:
        self.scope = scope
        self.segment = segment
        self._found = found
        self._own = own

    def one(self, key: str, fields: list[str] | None) -> Body | None:
        """The reference to what the rule `key` made from the same segment, else to the nearest; None for nothing."""
        found = self._found.get((key, id(self.segment.fields if fields is None else fields)))
        if found is None:
            found = next(iter(_nearest(self.scope, key)), None)
        elif found.id == self._own:
            found = self._other(key)
        return None if found is None or found.id == self._own else _reference(found)

    def _other(self, key: str) -> Resource | None:
        """Another that the resource's own rule made, in the nearest scope around that holds one."""
        made = (one for scope in self.scope.around() for inner in scope.walk() for one in inner.made.get(key, ()))
        return next((one for one in made if one.id != self._own), None)

    def first(self, key: str, fields: list[str] | None) -> list[Body]:
        """The same as a list."""
        found = self.one(key, fields)
        return [found] if found else []

    def each(self, key: str) -> list[Body]:
        """The references to all that the rule `key` made here and inside, else to the nearest."""
        inside = [one for scope in self.scope.walk() for one in scope.made.get(key, ())]
        found = {one.id: one for one in inside or _nearest(self.scope, key) if one.id != self._own}
        return [_reference(one) for one in found.values()]


class _Late(NamedTuple):
    """A resource that lacks what refers to others, and what its functions take."""

    late: Late
    scope: Scope
    segment: Segment
    arguments: list[Any]
    resource: Resource


def _reference(resource: Resource) -> Body:
    return {"reference": f"{resource.type}/{resource.id}"}


def _filled(resource: Resource, added: Added, scene: Scene) -> Resource:
    """The resource with what was built later."""
    part, deleted, inferred = added
    add(resource.body, part)
    if scene.trace:
        scene.trace.join(resource.body, part)
    if not deleted and not inferred:
        return resource
    told = (*(one for one in resource.inferred if one not in part), *inferred)
    return resource._replace(deleted=(*resource.deleted, *deleted), inferred=told)


def _stand_ins(plan: ResourcePlan, scope: Scope) -> list[Segment]:
    """What a resource whose segment is missing is made from: another that begins the group, as an OBR without ORC."""
    names = [name for name in plan.followers if name in scope.segments and name in scope.plan.begins]
    return scope.segments[names[0]][:1] if names and not plan.many else []


def _arguments(plan: ResourcePlan, scope: Scope, segments: list[Segment], shared: frozenset[str]) -> list[list[Any]]:
    """For each segment, what the functions of its resource take."""
    others = [scope.find(name) for name in plan.others] if plan.others else []
    if not plan.many:
        return [[*_own(plan, scope), *others, *(_every(plan, scope, shared) if plan.all_followers else ())]]
    alone = [*[[] for _ in plan.followers], *others, *[[] for _ in plan.all_followers]]
    following = scope.following
    return [
        [segment.fields, *(_followers(plan, following[id(segment)], others) if id(segment) in following else alone)]
        for segment in segments
    ]


def _own(plan: ResourcePlan, scope: Scope) -> list[list[str]]:
    return [found[0].fields if (found := scope.segments.get(name)) else [] for name in plan.own]


def _every(plan: ResourcePlan, scope: Scope, shared: frozenset[str]) -> list[list[list[str]]]:
    """The segments of which each counts: those that follow, or of what makes resources too all that stand here."""
    own = [found[0] for name in plan.own if (found := scope.segments.get(name))]
    return [
        scope.every(name) if name in shared else [one for segment in own for one in scope.after(segment, name)]
        for name in plan.all_followers
    ]


def _followers(plan: ResourcePlan, after: dict[str, list[Segment]], others: list[list[str]]) -> list[Any]:
    first = [after[name][0].fields if name in after else [] for name in plan.followers]
    every = [[one.fields for one in after.get(name, ())] for name in plan.all_followers]
    return [*first, *others, *every]


def _refer(scope: Scope, plan: ResourcePlan) -> None:
    """Put the references into the resources of one kind and scope: they are the same in all of them."""
    made = scope.made[plan.key]
    if not made or not plan.references:
        return
    references: Body = {}
    for one in plan.references:
        targets = _gather(scope, one.key) if one.many else _nearest(scope, one.key)
        if not targets:
            continue
        if not one.many:
            alone = {"reference": f"{one.type}/{targets[0].id}"}
            references[one.element] = [alone] if one.is_list else alone
            continue
        found = [{"reference": f"{one.type}/{identity}"} for identity in dict.fromkeys(target.id for target in targets)]
        references[one.element] = found if one.is_list else found[0]
    for resource in made:
        resource.body.update(references)


def _gather(scope: Scope, key: str) -> list[Resource]:
    return [one for inner in scope.walk() for one in inner.made.get(key, ())] or _nearest(scope, key)[:1]


def _named(scope: Scope, parents: tuple[str, ...]) -> dict[str, str]:
    """The ids of the resources that a name is made of; what has no name names nothing."""
    nearest = {parent: _nearest(scope, parent)[:1] for parent in parents}
    return {parent: one.id for parent, found in nearest.items() for one in found if not one.weak}


def _nearest(scope: Scope | None, key: str) -> list[Resource]:
    """What was made under a key, here or in the nearest scope around that has any."""
    while scope is not None:
        found = scope.made.get(key)
        if found:
            return found
        scope = scope.outer
    return []


def _position(position: str, segment: Segment, message: Message) -> str:
    """The position with the number of its segment where the message has more than one of that name."""
    name, _, rest = position.partition("-")
    if name != segment.name or len(message.of(name)) == 1:
        return position
    return f"{message.position(segment)}-{rest}"
