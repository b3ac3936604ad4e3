"""Running a compiled message mapping: the segments of one message in, drafts of resources out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.canonical.identity import identify
from engine.canonical.resource import Body
from engine.hl7.message import Message, Segment
from engine.transforms.arrange import Scope, arrange
from engine.transforms.fields import Scene
from engine.transforms.naming import ORDINAL
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.values import ValueFault


class StructureFault(Exception):
    """The message has not the segments that its mapping needs: holds where, and what is wrong there."""

    def __init__(self, position: str, what: str) -> None:
        super().__init__(f"{what} ({position}) - correct the message at the sender")
        self.position = position
        self.what = what


@dataclass(slots=True)
class Draft:
    """A resource of one message before it is an event."""

    type: str
    id: str
    body: Body
    deleted: tuple[str, ...]
    inferred: tuple[str, ...]
    weak: bool


def map_message(message: Message, plan: MessagePlan, scene: Scene, facility: str, digest: str) -> list[Draft]:
    """The resources of a message in the order of its segments.

    What nothing names gets its id from `digest`, the hash of the raw bytes, and its place among the resources. Raises
    StructureFault and ValueFault; the positions of the latter name the segment (`OBX[3]-5`).
    """
    scopes = list(arrange(message.segments, plan).walk())
    _check(scopes, plan)
    maker = _Maker(message, scene, facility, digest)
    made = [(scope, resource, drafts) for scope in scopes for resource, drafts in maker.make(scope)]
    for scope, resource, drafts in made:
        _refer(scope, resource, drafts)
    return [draft for _, _, drafts in made for draft in drafts]


def _check(scopes: list[Scope], plan: MessagePlan) -> None:
    for name in plan.needs:
        if not any(name in scope.segments for scope in scopes):
            raise StructureFault(name, f"the segment {name} is missing")
    for scope in scopes:
        for name in scope.plan.single:
            if len(scope.segments.get(name, ())) > 1:
                raise StructureFault(f"{name}[2]", f"a second {name} stands where one may")


class _Maker:
    """Makes the resources of a message, those first that others are named by."""

    def __init__(self, message: Message, scene: Scene, facility: str, digest: str) -> None:
        self._message = message
        self._scene = scene
        self._facility = facility
        self._digest = digest
        self._counts: dict[tuple[str, ...], int] = {}

    def make(self, scope: Scope) -> list[tuple[ResourcePlan, list[Draft]]]:
        """The resources of one scope, in the order of the mapping; the scopes around it have theirs."""
        made = {plan.key: self._resources(scope, plan) for plan in scope.plan.named}
        return [(plan, made[plan.key]) for plan in scope.plan.resources if made[plan.key]]

    def _resources(self, scope: Scope, plan: ResourcePlan) -> list[Draft]:
        segments = scope.segments.get(plan.segment) or _stand_ins(plan, scope)
        if not segments:
            return []
        parents = {parent: found[0] for parent in plan.parents if (found := _nearest(scope, parent))}
        ids = {parent: found[0] for parent, found in parents.items()}
        weak = {found[0] for found in parents.values() if found[1]}
        drafts = []
        for segment, arguments in _arguments(plan, scope, segments if plan.many else segments[:1]):
            if plan.test is None or plan.test(*arguments, self._scene):
                drafts.append(self._draft(plan, segment, arguments, ids, weak))
        if drafts:
            scope.ids[plan.key] = [(draft.id, draft.weak) for draft in drafts]
        return drafts

    def _draft(
        self, plan: ResourcePlan, segment: Segment, arguments: list[Any], ids: dict[str, str], weak: set[str]
    ) -> Draft:
        try:
            names, body, deleted, inferred = plan.make(*arguments, self._scene, ids)
        except ValueFault as fault:
            raise ValueFault(_position(fault.position, segment, self._message), fault.type_name) from None
        if names is None:
            is_weak = True
            names = ("", self._digest, plan.key, self._count(("", plan.key)))
        else:
            is_weak = bool(weak) and not weak.isdisjoint(names)
            if names[-1] == ORDINAL:
                names = (*names[:-1], self._count(names))
        body["id"] = named = identify(plan.type, self._facility, names)
        return Draft(plan.type, named, body, deleted, inferred, is_weak)

    def _count(self, called: tuple[str, ...]) -> str:
        number = self._counts[called] = self._counts.get(called, 0) + 1
        return str(number)


def _stand_ins(plan: ResourcePlan, scope: Scope) -> list[Segment]:
    """What a resource whose segment is missing is made from: another that begins the group, as an OBR without ORC."""
    names = [name for name in plan.followers if name in scope.segments and name in scope.plan.begins]
    return scope.segments[names[0]][:1] if names and not plan.many else []


def _arguments(plan: ResourcePlan, scope: Scope, segments: list[Segment]) -> Iterator[tuple[Segment, list[Any]]]:
    """Each segment with what the functions of its resource take."""
    others = [scope.find(name) for name in plan.others]
    if plan.many:
        for segment in segments:
            after = scope.following.get(id(segment))
            if after is None:
                yield segment, [segment.fields, *plan.no_followers, *others, *plan.no_followers_at_all]
                continue
            first = [after[name][0].fields if name in after else [] for name in plan.followers]
            every = [[one.fields for one in after.get(name, ())] for name in plan.all_followers]
            yield segment, [segment.fields, *first, *others, *every]
        return
    own = [scope.segments.get(name, ())[:1] for name in plan.own]
    every = [[one for found in own for it in found for one in scope.after(it, name)] for name in plan.all_followers]
    yield segments[0], [*(found[0].fields if found else [] for found in own), *others, *every]


def _refer(scope: Scope, plan: ResourcePlan, drafts: list[Draft]) -> None:
    """Put the references into the resources of one kind and scope: they are the same in all of them."""
    references: Body = {}
    for one in plan.references:
        ids = (_gather if one.many else _first)(scope, one.key)
        found = [{"reference": f"{one.type}/{each}"} for each in ids]
        if found:
            references[one.element] = found if one.is_list else found[0]
    for draft in drafts:
        draft.body.update(references)


def _first(scope: Scope, key: str) -> list[str]:
    return [one for one, _ in _nearest(scope, key)[:1]]


def _gather(scope: Scope, key: str) -> list[str]:
    inside = [one for inner in scope.walk() for one, _ in inner.ids.get(key, ())]
    return list(dict.fromkeys(inside)) or _first(scope, key)


def _nearest(scope: Scope, key: str) -> list[tuple[str, bool]]:
    return next((one.ids[key] for one in scope.around() if key in one.ids), [])


def _position(position: str, segment: Segment, message: Message) -> str:
    """The position with the number of its segment where the message has more than one of that name."""
    name, _, rest = position.partition("-")
    if name != segment.name or len(message.of(name)) == 1:
        return position
    return f"{message.position(segment)}-{rest}"
