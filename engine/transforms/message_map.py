"""Running a compiled message mapping: the segments of one message in, drafts of resources out."""

from __future__ import annotations

from typing import Any

from engine.canonical.identity import identify
from engine.canonical.resource import Body, Origin, Resource
from engine.hl7.message import Message, Segment
from engine.transforms.arrange import Scope, arrange
from engine.transforms.fields import Scene
from engine.transforms.naming import ORDINAL
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.values import ValueFault

_NOBODY: dict[str, str] = {}
"""The ids for a name that is made of no other; nobody writes to it."""


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
    maker = _Maker(message, scene, origin, digest)
    for scope in scopes:
        for resource in scope.plan.named:
            scope.made[resource.key] = maker.make(scope, resource)
    for scope in scopes:
        for resource in scope.plan.named:
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
        self._scene = scene
        self._origin = origin
        self._digest = digest
        self._counts: dict[tuple[str, ...], int] = {}

    def make(self, scope: Scope, plan: ResourcePlan) -> list[Resource]:
        """The resources of one kind in one scope; what they are named by has been made."""
        segments = scope.segments.get(plan.segment) or _stand_ins(plan, scope)
        if not segments:
            return []
        ids = _named(scope, plan.parents) if plan.parents else _NOBODY
        made: list[Resource] = []
        for segment, arguments in zip(segments, _arguments(plan, scope, segments), strict=False):
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
        self.made += made
        return made

    def _called(self, plan: ResourcePlan, names: tuple[str, ...] | None) -> tuple[str, ...]:
        """A name with its ordinal, or one from the message itself where there is none."""
        if names is None:
            return ("", self._digest, plan.key, self._count(("", plan.key)))
        return (*names[:-1], self._count(names))

    def _count(self, called: tuple[str, ...]) -> str:
        number = self._counts[called] = self._counts.get(called, 0) + 1
        return str(number)


def _stand_ins(plan: ResourcePlan, scope: Scope) -> list[Segment]:
    """What a resource whose segment is missing is made from: another that begins the group, as an OBR without ORC."""
    names = [name for name in plan.followers if name in scope.segments and name in scope.plan.begins]
    return scope.segments[names[0]][:1] if names and not plan.many else []


def _arguments(plan: ResourcePlan, scope: Scope, segments: list[Segment]) -> list[list[Any]]:
    """For each segment, what the functions of its resource take."""
    others = [scope.find(name) for name in plan.others] if plan.others else []
    if not plan.many:
        return [[*_own(plan, scope), *others, *(_every(plan, scope) if plan.all_followers else ())]]
    alone = [*[[] for _ in plan.followers], *others, *[[] for _ in plan.all_followers]]
    following = scope.following
    return [
        [segment.fields, *(_followers(plan, following[id(segment)], others) if id(segment) in following else alone)]
        for segment in segments
    ]


def _own(plan: ResourcePlan, scope: Scope) -> list[list[str]]:
    return [found[0].fields if (found := scope.segments.get(name)) else [] for name in plan.own]


def _every(plan: ResourcePlan, scope: Scope) -> list[list[list[str]]]:
    own = [found[0] for name in plan.own if (found := scope.segments.get(name))]
    return [[one for segment in own for one in scope.after(segment, name)] for name in plan.all_followers]


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
