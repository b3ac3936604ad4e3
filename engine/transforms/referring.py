"""References between the resources of one message: to what was made from the same segment, or nearby."""

from __future__ import annotations

from operator import itemgetter

from engine.canonical.resource import Body, Resource
from engine.transforms.arrange import Scope
from engine.transforms.plan import ReferencePlan

Kept = list[dict[str, list[Resource]]]
"""What was made in each run of a group, by the key of its rule."""

Near = dict[str, Body]
"""The reference to what was made first in a run of a group, or in the nearest around it, by the key of its rule."""

Found = dict[tuple[str, int], Resource]
"""What was made from each segment, by the key of its rule and the identity of the segment's fields."""


class References:
    """What the elements of one resource may refer to, found from the segment that they are read from."""

    __slots__ = ("_fields", "_found", "_kept", "_own", "place", "scope")

    def __init__(self, scope: Scope, place: int, fields: list[str], found: Found, own: str, kept: Kept) -> None:
        self.scope = scope
        self.place = place
        self._fields = fields
        self._found = found
        self._own = own
        self._kept = kept

    def one(self, key: str, fields: list[str] | None) -> Body | None:
        """The reference to what the rule `key` made from the same segment, else to the nearest; None for nothing."""
        found = self._found.get((key, id(self._fields if fields is None else fields)))
        if found is None:
            found = next(iter(_nearest(key, self.scope, self._kept)), None)
        elif found.id == self._own:
            found = self._other(key)
        return None if found is None or found.id == self._own else reference(found)

    def _other(self, key: str) -> Resource | None:
        """Another that the resource's own rule made, in the nearest scope around that holds one."""
        made = (one for scope in self.scope.around() for one in _inside(key, scope, self._kept))
        return next((one for one in made if one.id != self._own), None)

    def first(self, key: str, fields: list[str] | None) -> list[Body]:
        """The same as a list."""
        found = self.one(key, fields)
        return [found] if found else []

    def each(self, key: str) -> list[Body]:
        """The references to all that the rule `key` made here and inside, else to the nearest."""
        near = _inside(key, self.scope, self._kept) or _nearest(key, self.scope, self._kept)
        return [reference(one) for one in {one.id: one for one in near if one.id != self._own}.values()]


_id_of = itemgetter(Resource._fields.index("id"))


def references_of(references: tuple[ReferencePlan, ...], scope: Scope, near: Near, kept: Kept) -> Body:
    """The references of the resources of one kind and scope: they are the same in all of them."""
    elements: Body = {}
    for one in references:
        if one.many:
            made = _inside(one.key, scope, kept) or _nearest(one.key, scope, kept)[:1]
            begins = f"{one.type}/"
            found = [{"reference": begins + identity} for identity in dict.fromkeys(map(_id_of, made))]
            if found:
                elements[one.element] = found if one.is_list else found[0]
        elif one.key in near:
            elements[one.element] = [near[one.key]] if one.is_list else near[one.key]
    return elements


def reference(resource: Resource) -> Body:
    """The reference to a resource; nobody may change it."""
    return {"reference": f"{resource.type}/{resource.id}"}


def _inside(key: str, scope: Scope, kept: Kept) -> list[Resource]:
    """What was made under a key, here and inside."""
    if not scope.inner:
        return kept[scope.number].get(key, [])
    return [one for inner in scope.walk() for one in kept[inner.number].get(key, ())]


def _nearest(key: str, scope: Scope, kept: Kept) -> list[Resource]:
    """What was made under a key, here or in the nearest scope around that has any."""
    around: Scope | None = scope
    while around is not None:
        found = kept[around.number].get(key)
        if found:
            return found
        around = around.outer
    return []
