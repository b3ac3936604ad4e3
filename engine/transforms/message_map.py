"""Running a compiled message mapping: the segments of one message in, drafts of resources out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.canonical.identity import SEPARATOR, id_of, remembered_id_of
from engine.canonical.resource import Body, Origin, Resource
from engine.hl7.message import Message
from engine.transforms.arrange import Places, Scope, arrange
from engine.transforms.compile import Added, Late
from engine.transforms.embedding import Draft, completed
from engine.transforms.erasing import add, give_way
from engine.transforms.fields import Scene
from engine.transforms.plan import MessagePlan, ResourcePlan
from engine.transforms.values import ValueFault

_NO_REFERENCES: Body = {}
"""The references of what refers to nothing; nobody writes to it."""

_ABSENT: list[str] = []
"""The fields of a segment that is not there; nobody writes to it."""

Found = dict[tuple[str, int], Resource]
"""What was made from each segment, by the key of its rule and the identity of the segment's fields."""

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
    maker = _Maker(message, scene, origin, digest, plan)
    for scope in scopes:
        scope.enter()
        for resource in scope.plan.named:
            places = scope.segments.get(resource.segment) or _stand_ins(resource, scope)
            if places:
                maker.make(scope, resource, places)
    for scope in scopes:
        _refer(scope)
    maker.finish()
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

    def __init__(self, message: Message, scene: Scene, origin: Origin, digest: str, plan: MessagePlan) -> None:
        self.made: list[Resource] = []
        self._message = message
        self._scene = scene
        self._origin = origin
        self._digest = digest
        self._plan = plan
        self._counts: dict[str, int] = {}
        self._late: list[_Late] = []
        self._found: Found = {}
        self._told = 0

    def make(self, scope: Scope, plan: ResourcePlan, places: Places) -> None:
        """Make the resources of one kind in one scope, from the segments at these places."""
        scene, origin, counts, made, first = self._scene, self._origin, self._counts, self.made, len(self.made)
        kind, make, ids, references = plan.type, plan.make.get(), scope.ids, _references_before(scope, plan)
        test = plan.test.get() if plan.test else None
        start = f"{kind}{SEPARATOR}{origin.facility}{SEPARATOR}"
        places = self._reaching(plan.least, places) if plan.least else places
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
            if (plan.is_noted and _has_more(plan, row)) or len(scene.drafts) > self._told or scene.trace:
                self._note(made[-1], plan, Where(scope, place), row)
        scope.keep(plan.key, made[first:])

    def finish(self) -> None:
        """Fill in what refers to others, now that all is made, and add what was made from fields."""
        for one in self._late:
            self._fill(one)
        if self._scene.drafts:
            self._add_drafts()

    def _note(self, resource: Resource, plan: ResourcePlan, where: Where, row: tuple[Any, ...]) -> None:
        """Keep what is needed when all is made, and see what was made from fields on the way."""
        if self._scene.trace:
            self._scene.trace.make(resource.body, plan.key, self._position(where.place))
        if plan.late and _has_more(plan, row):
            self._late.append(_Late(plan.late.get(), where, row, resource))
        if plan.key in self._plan.referred:
            self._found.setdefault((plan.key, id(self._message.fields(where.place))), resource)
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
        return References(where, self._message.fields(where.place), self._found, own)

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

    def _reaching(self, least: int, places: Places) -> Places:
        """The places of segments that do not end before a field."""
        fields = self._message.fields
        return [one for one in places if len(fields(one)) > least]

    def _rows(self, scope: Scope, plan: ResourcePlan, places: Places) -> list[tuple[Any, ...]]:
        """For each resource the fields of the segments that its functions take."""
        fields = self._message.fields
        others = [self._nearest(scope, name) for name in plan.others] if plan.others else ()
        if not plan.many:
            segments = scope.segments
            own = [fields(segments[name][0]) if name in segments else self._around(scope, name) for name in plan.own]
            if not plan.all_followers:
                return [(*own, *others)]
            return [(*own, *others, *[self._every(plan, scope, name) for name in plan.all_followers])]
        if scope.following:
            return [(fields(place), *self._followers(plan, scope, place, others)) for place in places]
        alone = (*[_ABSENT for _ in plan.followers], *others, *[_ABSENT for _ in plan.all_followers])
        return [(one, *alone) for one in self._message.rows(places)]

    def _around(self, scope: Scope, name: str) -> list[str]:
        """The segment that began a run around this one, as the ORC of an administration; none of another name."""
        outer = scope.outer
        while outer is not None:
            if name in outer.plan.begins:
                return self._nearest(outer, name)
            outer = outer.outer
        return _ABSENT

    def _nearest(self, scope: Scope, name: str) -> list[str]:
        place = scope.find(name)
        return _ABSENT if place is None else self._message.fields(place)

    def _every(self, plan: ResourcePlan, scope: Scope, name: str) -> list[list[str]]:
        """The segments of that name that follow any of the resource's own; all that stand here of shared ones."""
        if name in self._plan.shared:
            return [self._message.fields(place) for place in scope.every(name)]
        own = [scope.segments[one][0] for one in plan.own if one in scope.segments]
        return [self._message.fields(place) for one in own for place in scope.after(one, name)]

    def _followers(self, plan: ResourcePlan, scope: Scope, place: int, others: Sequence[list[str]]) -> list[Any]:
        fields = self._message.fields
        after = [scope.after(place, name) for name in plan.followers]
        every = [[fields(one) for one in scope.after(place, name)] for name in plan.all_followers]
        return [*(fields(found[0]) if found else _ABSENT for found in after), *others, *every]


class Where(NamedTuple):
    """A segment by its place in the message, and the run of a group that it stands in."""

    scope: Scope
    place: int


class References:
    """What the elements of one resource may refer to, found from the segment that they are read from."""

    __slots__ = ("_fields", "_found", "_own", "where")

    def __init__(self, where: Where, fields: list[str], found: Found, own: str) -> None:
        self.where = where
        self._fields = fields
        self._found = found
        self._own = own

    def one(self, key: str, fields: list[str] | None) -> Body | None:
        """The reference to what the rule `key` made from the same segment, else to the nearest; None for nothing."""
        found = self._found.get((key, id(self._fields if fields is None else fields)))
        if found is None:
            found = next(iter(_nearest(self.where.scope, key)), None)
        elif found.id == self._own:
            found = self._other(key)
        return None if found is None or found.id == self._own else _reference(found)

    def _other(self, key: str) -> Resource | None:
        """Another that the resource's own rule made, in the nearest scope around that holds one."""
        made = (one for scope in self.where.scope.around() for inner in scope.walk() for one in inner.made.get(key, ()))
        return next((one for one in made if one.id != self._own), None)

    def first(self, key: str, fields: list[str] | None) -> list[Body]:
        """The same as a list."""
        found = self.one(key, fields)
        return [found] if found else []

    def each(self, key: str) -> list[Body]:
        """The references to all that the rule `key` made here and inside, else to the nearest."""
        inside = [one for scope in self.where.scope.walk() for one in scope.made.get(key, ())]
        found = {one.id: one for one in inside or _nearest(self.where.scope, key) if one.id != self._own}
        return [_reference(one) for one in found.values()]


class _Late(NamedTuple):
    """A resource that lacks what refers to others, and what its functions take."""

    late: Late
    where: Where
    row: tuple[Any, ...]
    resource: Resource


def _reference(resource: Resource) -> Body:
    return {"reference": f"{resource.type}/{resource.id}"}


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


def _has_more(plan: ResourcePlan, row: tuple[Any, ...]) -> bool:
    """Whether there is something to note of a resource: most have no segment of those that refer to others."""
    return not plan.late_follows or any(row[-plan.late_follows :])
