"""Running a compiled message mapping: the segments of one message in, drafts of resources out."""

from __future__ import annotations

from typing import Any

from engine.canonical.identity import identify, identify_once
from engine.canonical.resource import Body, Origin, Resource
from engine.hl7.message import Message
from engine.transforms.arrange import Places, Scope, arrange
from engine.transforms.fields import Scene
from engine.transforms.naming import ORDINAL
from engine.transforms.plan import MessagePlan, ReferencePlan, ResourcePlan
from engine.transforms.values import ValueFault

_NOBODY: dict[str, str] = {}
"""The ids for a name that is made of no other; nobody writes to it."""

_ABSENT: list[str] = []
"""The fields of a segment that is not there; nobody writes to it."""

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
    scopes = arrange(message.names, plan)
    _check(scopes, plan)
    maker = _Maker(message, scene, origin, digest)
    for scope in scopes:
        for resource in scope.plan.named:
            maker.make(scope, resource)
    for scope in scopes:
        for resource in scope.plan.referring:
            _refer(scope, resource)
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

    def __init__(self, message: Message, scene: Scene, origin: Origin, digest: str) -> None:
        self.made: list[Resource] = []
        self._message = message
        self._fields = message.fields
        self._scene = scene
        self._origin = origin
        self._digest = digest
        self._counts: dict[tuple[str, ...], int] = {}

    def make(self, scope: Scope, plan: ResourcePlan) -> None:
        """Make the resources of one kind in one scope; what they are named by has been made."""
        places = scope.segments.get(plan.segment) or _stand_ins(plan, scope)
        if not places:
            return
        ids = _named(scope, plan.parents) if plan.parents else _NOBODY
        others = [self._nearest(scope, name) for name in plan.others] if plan.others else []
        first = len(self.made)
        if not plan.many:
            every = [self._every(plan, scope, name) for name in plan.all_followers]
            self._make(plan, places[0], (*self._own(plan, scope), *others, *every), ids)
        elif scope.following:
            for place in places:
                self._make(plan, place, (self._fields(place), *self._followers(plan, scope, place, others)), ids)
        else:
            alone = [*[_ABSENT for _ in plan.followers], *others, *[_ABSENT for _ in plan.all_followers]]
            for place in places:
                self._make(plan, place, (self._fields(place), *alone), ids)
        if len(self.made) > first:
            scope.made[plan.key] = self.made[first:]

    def _make(self, plan: ResourcePlan, place: int, arguments: tuple[Any, ...], ids: dict[str, str]) -> None:
        """Make the resource of the segment at a place, if its condition holds."""
        scene, origin, made = self._scene, self._origin, self.made
        if plan.test is not None and not plan.test(*arguments, scene):
            return
        try:
            names, body, deleted, inferred = plan.make(*arguments, scene, ids)
        except ValueFault as fault:
            raise ValueFault(_position(fault.position, place, self._message), fault.type_name) from None
        if scene.trace:
            scene.trace.make(body, plan.key, self._message.position(self._message.segments[place]))
        if names is not None and names[-1] != ORDINAL:
            identity = identify(plan.type, origin.facility, names)
        else:
            identity = identify_once(plan.type, origin.facility, self._called(plan, names))
        body["id"] = identity
        made.append(_new(Resource, (plan.type, identity, body, origin, len(made), deleted, inferred, names is None)))

    def _called(self, plan: ResourcePlan, names: tuple[str, ...] | None) -> tuple[str, ...]:
        """A name with its ordinal, or one from the message itself where there is none."""
        if names is None:
            return ("", self._digest, plan.key, self._count(("", plan.key)))
        return (*names[:-1], self._count(names))

    def _count(self, called: tuple[str, ...]) -> str:
        number = self._counts[called] = self._counts.get(called, 0) + 1
        return str(number)

    def _own(self, plan: ResourcePlan, scope: Scope) -> list[list[str]]:
        segments, fields = scope.segments, self._fields
        return [fields(segments[name][0]) if name in segments else _ABSENT for name in plan.own]

    def _nearest(self, scope: Scope, name: str) -> list[str]:
        place = scope.find(name)
        return _ABSENT if place is None else self._fields(place)

    def _every(self, plan: ResourcePlan, scope: Scope, name: str) -> list[list[str]]:
        """The segments of that name that follow any of the resource's own."""
        own = [scope.segments[one][0] for one in plan.own if one in scope.segments]
        return [self._fields(place) for one in own for place in scope.after(one, name)]

    def _followers(self, plan: ResourcePlan, scope: Scope, place: int, others: list[list[str]]) -> list[Any]:
        after = [scope.after(place, name) for name in plan.followers]
        every = [[self._fields(one) for one in scope.after(place, name)] for name in plan.all_followers]
        return [*(self._fields(found[0]) if found else _ABSENT for found in after), *others, *every]


def _stand_ins(plan: ResourcePlan, scope: Scope) -> Places:
    """What a resource whose segment is missing is made from: another that begins the group, as an OBR without ORC."""
    names = [name for name in plan.followers if name in scope.segments and name in scope.plan.begins]
    return scope.segments[names[0]][:1] if names and not plan.many else []


def _refer(scope: Scope, plan: ResourcePlan) -> None:
    """Put the references into the resources of one kind and scope: they are the same in all of them."""
    made = scope.made.get(plan.key)
    if made is None:
        return
    references: Body = {}
    for one in plan.references:
        targets = _gather(scope, one.key) if one.many else _nearest(scope, one.key)
        if targets:
            references[one.element] = _reference(one, targets)
    for resource in made:
        resource.body.update(references)


def _reference(plan: ReferencePlan, targets: list[Resource]) -> Any:
    if not plan.many:
        alone = {"reference": f"{plan.type}/{targets[0].id}"}
        return [alone] if plan.is_list else alone
    found = [{"reference": f"{plan.type}/{identity}"} for identity in dict.fromkeys(target.id for target in targets)]
    return found if plan.is_list else found[0]


def _gather(scope: Scope, key: str) -> list[Resource]:
    return [one for inner in scope.walk() for one in inner.made.get(key, ())] or _nearest(scope, key)[:1]


def _named(scope: Scope, parents: tuple[str, ...]) -> dict[str, str]:
    """The ids of the resources that a name is made of; what has no name names nothing."""
    ids: dict[str, str] = {}
    for parent in parents:
        found = _nearest(scope, parent)
        if found and not found[0].weak:
            ids[parent] = found[0].id
    return ids


def _nearest(scope: Scope | None, key: str) -> list[Resource]:
    """What was made under a key, here or in the nearest scope around that has any."""
    while scope is not None:
        found = scope.made.get(key)
        if found:
            return found
        scope = scope.outer
    return []


def _position(position: str, place: int, message: Message) -> str:
    """The position with the number of its segment where the message has more than one of that name."""
    name, _, rest = position.partition("-")
    if name != message.names[place] or message.names.count(name) == 1:
        return position
    return f"{message.position(message.segments[place])}-{rest}"
