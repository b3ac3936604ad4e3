"""Running a compiled message mapping: the segments of one message in, drafts of resources out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.canonical.identity import SEPARATOR, id_of, remembered_id_of
from engine.canonical.resource import Body, Origin, Resource
from engine.hl7.message import Message
from engine.transforms.arrange import Places, Scope, arrange
from engine.transforms.fields import Scene
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.values import ValueFault

_NO_REFERENCES: Body = {}
"""The references of what refers to nothing; nobody writes to it."""

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
        scope.enter()
        for resource in scope.plan.named:
            places = scope.segments.get(resource.segment) or _stand_ins(resource, scope)
            if places:
                maker.make(scope, resource, places)
    for scope in scopes:
        _refer(scope)
    for scope in scopes:
        scope.inner.clear()  # scopes know each other; parted, they and all they hold go at once, not at some collection
    return maker.made


def _check(scopes: list[Scope], plan: MessagePlan) -> None:
    for scope in scopes:
        if plan.nested_needs or scope.repeats or not scope.plan.needs <= scope.segments.keys():
            _find_fault(scopes, plan)
            return


def _find_fault(scopes: list[Scope], plan: MessagePlan) -> None:
    for name in plan.needs:
        homes = [scope for scope in scopes if scope.plan is plan.homes[name]]
        if not homes or any(name not in scope.segments for scope in homes):
            raise StructureFault(name, f"the segment {name} is missing")
    for scope in scopes:
        for name, found in scope.segments.items() if scope.repeats else ():
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
        self._counts: dict[str, int] = {}

    def make(self, scope: Scope, plan: ResourcePlan, places: Places) -> None:
        """Make the resources of one kind in one scope, from the segments at these places."""
        scene, origin, counts, made, first = self._scene, self._origin, self._counts, self.made, len(self.made)
        kind, make, test, ids, references = plan.type, plan.make, plan.test, scope.ids, _references_before(scope, plan)
        start = f"{kind}{SEPARATOR}{origin.facility}{SEPARATOR}"
        for place, row in zip(places, self._rows(scope, plan, places), strict=False):
            if test is not None and not test(*row, scene):
                continue
            try:
                called, counted, body, deleted, inferred = make(*row, scene, ids)
            except ValueFault as fault:
                raise ValueFault(_position(fault.position, place, self._message), fault.type_name) from None
            weak = called is None
            if called is None:  # named by the message, and counted among those of its kind
                called, counted = f"{SEPARATOR}{self._digest}{SEPARATOR}{plan.key}", True
            if counted:
                number = counts[called] = counts.get(called, 0) + 1
                identity = id_of(f"{start}{called}{SEPARATOR}{number}")
            else:
                identity = remembered_id_of(start + called)
            body["id"] = identity
            body.update(references)
            made.append(_new(Resource, (kind, identity, body, origin, len(made), deleted, inferred, weak)))
            if scene.trace:
                scene.trace.make(body, plan.key, self._message.position(self._message.segments[place]))
        scope.keep(plan.key, made[first:])

    def _rows(self, scope: Scope, plan: ResourcePlan, places: Places) -> list[tuple[Any, ...]]:
        """For each resource the fields of the segments that its functions take."""
        fields = self._message.fields
        others = [self._nearest(scope, name) for name in plan.others] if plan.others else ()
        if not plan.many:
            segments = scope.segments
            own = [fields(segments[name][0]) if name in segments else _ABSENT for name in plan.own]
            if not plan.all_followers:
                return [(*own, *others)]
            return [(*own, *others, *[self._every(plan, scope, name) for name in plan.all_followers])]
        if scope.following:
            return [(fields(place), *self._followers(plan, scope, place, others)) for place in places]
        alone = (*[_ABSENT for _ in plan.followers], *others, *[_ABSENT for _ in plan.all_followers])
        return [(one, *alone) for one in self._message.rows(places)]

    def _nearest(self, scope: Scope, name: str) -> list[str]:
        place = scope.find(name)
        return _ABSENT if place is None else self._message.fields(place)

    def _every(self, plan: ResourcePlan, scope: Scope, name: str) -> list[list[str]]:
        """The segments of that name that follow any of the resource's own."""
        own = [scope.segments[one][0] for one in plan.own if one in scope.segments]
        return [self._message.fields(place) for one in own for place in scope.after(one, name)]

    def _followers(self, plan: ResourcePlan, scope: Scope, place: int, others: Sequence[list[str]]) -> list[Any]:
        fields = self._message.fields
        after = [scope.after(place, name) for name in plan.followers]
        every = [[fields(one) for one in scope.after(place, name)] for name in plan.all_followers]
        return [*(fields(found[0]) if found else _ABSENT for found in after), *others, *every]


def _stand_ins(plan: ResourcePlan, scope: Scope) -> Places:
    """What a resource whose segment is missing is made from: another that begins the group, as an OBR without ORC."""
    names = [name for name in plan.followers if name in scope.segments and name in scope.plan.begins]
    return scope.segments[names[0]][:1] if names and not plan.many else []


def _refer(scope: Scope) -> None:
    """Put the references into what waited for what it refers to."""
    for plan in scope.plan.waiting:
        if plan.key in scope.made:
            references = _references(scope, plan)
            for resource in scope.made[plan.key]:
                resource.body.update(references)


def _references_before(scope: Scope, plan: ResourcePlan) -> Body:
    """The references to what has been made already, none where any is still to be made."""
    return _references(scope, plan) if plan.references and not plan.waits else _NO_REFERENCES


def _references(scope: Scope, plan: ResourcePlan) -> Body:
    """The references of the resources of one kind and scope: they are the same in all of them."""
    references: Body = {}
    for one in plan.references:
        if one.many:
            identities = dict.fromkeys(target.id for target in _gather(scope, one.key))
            found: list[Body] = [{"reference": f"{one.type}/{identity}"} for identity in identities]
        else:
            nearest = scope.made.get(one.key) or _nearest(scope.outer, one.key)
            found = [{"reference": f"{one.type}/{nearest[0].id}"}] if nearest else []
        if found:
            references[one.element] = found if one.is_list else found[0]
    return references


def _gather(scope: Scope, key: str) -> list[Resource]:
    return [one for inner in scope.walk() for one in inner.made.get(key, ())] or _nearest(scope, key)[:1]


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
