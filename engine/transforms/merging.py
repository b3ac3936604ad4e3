"""Resources of one message that are one and the same: the later one's elements replace the earlier one's."""

from __future__ import annotations

from typing import Any

from engine.canonical.resource import Body, Resource


def merge_resources(resources: list[Resource]) -> list[Resource]:
    """One resource for each id, numbered in the order in which they first came."""
    if len({one.id for one in resources}) == len(resources):
        return resources
    merged: dict[str, Resource] = {}
    for one in resources:
        earlier = merged.setdefault(one.id, one)
        if earlier is not one:
            merged[one.id] = _merge(earlier, one)
    return [one if one.place == place else _moved(one, place) for place, one in enumerate(merged.values())]


def _moved(resource: Resource, place: int) -> Resource:
    kind, identity, body, origin, _, deleted, inferred, weak = resource
    return tuple.__new__(Resource, (kind, identity, body, origin, place, deleted, inferred, weak))


def complete(first: Resource, other: Resource) -> Resource:
    """What the first says, and of what it leaves out what the other says of the same resource."""
    merged = _merge(other, first)
    body: Body = {element: merged.body[element] for element in (*first.body, *merged.body) if element in merged.body}
    if isinstance(body.get("identifier"), list) and "identifier" in first.body:
        body["identifier"] = _identifiers(first.body["identifier"], other.body.get("identifier", []))
    return merged._replace(body=body, origin=first.origin, place=first.place)


def _merge(earlier: Resource, later: Resource) -> Resource:
    weak = earlier.weak and later.weak
    if not (earlier.deleted or later.deleted or earlier.inferred or later.inferred):
        return earlier._replace(body=_joined(earlier.body, later.body), weak=weak)
    return _merge_marked(earlier, later)._replace(weak=weak)


def _merge_marked(earlier: Resource, later: Resource) -> Resource:
    """What is inferred gives way to what was sent, and what was erased is gone."""
    inferred = {one for one in later.inferred if one in earlier.body and one not in earlier.inferred}
    told = {element: value for element, value in later.body.items() if element not in inferred}
    body = {element: value for element, value in earlier.body.items() if element not in later.deleted}
    sent = {element for element in told if element not in later.inferred}
    return earlier._replace(
        body=_joined(body, told),
        deleted=tuple(one for one in dict.fromkeys((*earlier.deleted, *later.deleted)) if one not in sent),
        inferred=tuple(
            one for one in dict.fromkeys((*earlier.inferred, *later.inferred)) if one not in sent | inferred
        ),
    )


def _joined(earlier: Body, later: Body) -> Body:
    """The elements of both, of one that both have the later; identifiers gather."""
    whole = earlier | later
    if isinstance(later.get("identifier"), list):  # of some types it is one, which the later replaces
        whole["identifier"] = _identifiers(earlier.get("identifier", []), later["identifier"])
    return whole


def _identifiers(earlier: list[Any], later: list[Any]) -> list[Any]:
    return [*earlier, *(one for one in later if one not in earlier)]
