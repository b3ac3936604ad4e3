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


class _Occurrence:
    """One resource to be: the segments it is made from, and its id."""

    __slots__ = ("arguments", "id", "plan", "scope", "segment", "weak")

    def __init__(self, plan: ResourcePlan, scope: Scope, segment: Segment) -> None:
        self.plan = plan
        self.scope = scope
        self.segment = segment
        self.arguments = _arguments(plan, scope, segment)
        self.id = ""
        self.weak = False


def map_message(message: Message, plan: MessagePlan, scene: Scene, facility: str, digest: str) -> list[Draft]:
    """The resources of a message in the order of its segments.

    What nothing names gets its id from `digest`, the hash of the raw bytes, and its place among the resources. Raises
    StructureFault and ValueFault; the positions of the latter name the segment (`OBX[3]-5`).
    """
    top = arrange(message.segments, plan)
    _check(top, plan)
    occurrences = _Namer(scene, facility, digest).name(top)
    return [_draft(occurrence, message, scene) for occurrence in occurrences]


def _check(top: Scope, plan: MessagePlan) -> None:
    for name in plan.needs:
        if not any(name in scope.segments for scope in top.walk()):
            raise StructureFault(name, f"the segment {name} is missing")
    for scope in top.walk():
        for resource in scope.plan.resources:
            if not resource.many and len(scope.segments.get(resource.segment, ())) > 1:
                raise StructureFault(f"{resource.segment}[2]", f"a second {resource.segment} stands where one may")


class _Namer:
    """Gives every resource of a message its id, those first that others are named by."""

    def __init__(self, scene: Scene, facility: str, digest: str) -> None:
        self._scene = scene
        self._facility = facility
        self._digest = digest
        self._counts: dict[tuple[str, ...], int] = {}

    def name(self, top: Scope) -> list[_Occurrence]:
        return [occurrence for scope in top.walk() for occurrence in self._scope(scope)]

    def _scope(self, scope: Scope) -> list[_Occurrence]:
        named: dict[str, list[_Occurrence]] = {}
        for plan in scope.plan.named:
            ids = {parent: _nearest(scope, parent) for parent in plan.parents}
            words = {parent: found[0] for parent, found in ids.items() if found}
            weak = {found[0] for found in ids.values() if found and found[1]}
            for occurrence in self._occurrences(scope, plan):
                self._identify(occurrence, words, weak)
                named.setdefault(plan.key, []).append(occurrence)
        return [occurrence for plan in scope.plan.resources for occurrence in named.get(plan.key, ())]

    def _occurrences(self, scope: Scope, plan: ResourcePlan) -> Iterator[_Occurrence]:
        segments = scope.segments.get(plan.segment)
        if segments is None:
            segments = [_stand_in(plan, scope)] if _stands_in(plan, scope) else []
        for segment in segments if plan.many else segments[:1]:
            occurrence = _Occurrence(plan, scope, segment)
            if plan.test is None or plan.test(*occurrence.arguments, self._scene):
                yield occurrence

    def _identify(self, occurrence: _Occurrence, words: dict[str, str], weak: set[str]) -> None:
        plan = occurrence.plan
        names = plan.name(*occurrence.arguments, self._scene, words)
        occurrence.weak = names is None or not weak.isdisjoint(names)
        if names is None:
            names = ("", self._digest, plan.key, self._count(("", plan.key)))
        elif names[-1] == ORDINAL:
            names = (*names[:-1], self._count((plan.type, *names)))
        occurrence.id = identify(plan.type, self._facility, names)
        occurrence.scope.ids.setdefault(plan.key, []).append((occurrence.id, occurrence.weak))

    def _count(self, called: tuple[str, ...]) -> str:
        number = self._counts[called] = self._counts.get(called, 0) + 1
        return str(number)


def _stands_in(plan: ResourcePlan, scope: Scope) -> bool:
    """Whether a resource whose segment is missing is made from another that begins the group: an order of an OBR alone."""
    return not plan.many and any(name in scope.segments and name in scope.plan.begins for name in plan.followers)


def _stand_in(plan: ResourcePlan, scope: Scope) -> Segment:
    return next(scope.segments[name][0] for name in plan.followers if name in scope.segments)


def _arguments(plan: ResourcePlan, scope: Scope, segment: Segment) -> list[Any]:
    own = segment.fields if segment.name == plan.segment else []
    if plan.many:
        after = [scope.after(segment, name) for name in plan.followers]
        singles = [found[0] if found else [] for found in after]
        sources = [segment]
    else:
        singles = [scope.segments[name][0].fields if name in scope.segments else [] for name in plan.followers]
        sources = [one for name in plan.own for one in scope.segments.get(name, ())[:1]]
    others = [scope.find(name) for name in plan.others]
    many = [[one for source in sources for one in scope.after(source, name)] for name in plan.all_followers]
    return [own, *singles, *others, *many]


def _draft(occurrence: _Occurrence, message: Message, scene: Scene) -> Draft:
    plan = occurrence.plan
    try:
        body, deleted, inferred = plan.build(*occurrence.arguments, scene, occurrence.id)
    except ValueFault as fault:
        raise ValueFault(_position(fault.position, occurrence, message), fault.type_name) from None
    for reference in plan.references:
        ids = _gather(occurrence.scope, reference.key) if reference.many else _one(occurrence.scope, reference.key)
        if ids:
            kind = _type_of(occurrence.scope, reference.key)
            found = [{"reference": f"{kind}/{one}"} for one in ids]
            body[reference.element] = found if reference.is_list else found[0]
    return Draft(plan.type, occurrence.id, body, deleted, inferred, occurrence.weak)


def _position(position: str, occurrence: _Occurrence, message: Message) -> str:
    """The position with the number of its segment where the message has more than one of that name."""
    name, _, rest = position.partition("-")
    if name != occurrence.segment.name or len(message.of(name)) == 1:
        return position
    return f"{message.position(occurrence.segment)}-{rest}"


def _nearest(scope: Scope, key: str) -> tuple[str, bool] | None:
    found: Scope | None = scope
    while found is not None:
        if key in found.ids:
            return found.ids[key][0]
        found = found.outer
    return None


def _one(scope: Scope, key: str) -> list[str]:
    found = _nearest(scope, key)
    return [found[0]] if found else []


def _gather(scope: Scope, key: str) -> list[str]:
    here = [one for inner in scope.walk() for one, _ in inner.ids.get(key, ())]
    return list(dict.fromkeys(here)) or _one(scope, key)


def _type_of(scope: Scope, key: str) -> str:
    found: Scope | None = scope
    while found is not None:
        for group in found.plan.walk():
            for resource in group.resources:
                if resource.key == key:
                    return resource.type
        found = found.outer
    return key
