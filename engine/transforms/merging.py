"""Resources of one message that are one and the same: the later one's elements replace the earlier one's."""

from __future__ import annotations

from typing import Any

from engine.canonical.resource import Body, Resource


def merge_resources(resources: list[Resource]) -> list[Resource]:
    """One resource for each id, numbered in the order in which they first came."""
    merged: dict[str, Resource] = {}
    for one in resources:
        earlier = merged.get(one.id)
        merged[one.id] = one if earlier is None else _merge(earlier, one)
    if len(merged) == len(resources):
        return resources
    return [one if one.place == place else _moved(one, place) for place, one in enumerate(merged.values())]


def _moved(resource: Resource, place: int) -> Resource:
    kind, identity, body, origin, _, deleted, inferred, weak = resource
    return Resource(kind, identity, body, origin, place, deleted, inferred, weak)


def complete(first: Resource, other: Resource) -> Resource:
    """What the first says, and of what it leaves out what the other says of the same resource."""
    merged = _merge(other, first)
    body: Body = {element: merged.body[element] for element in (*first.body, *merged.body) if element in merged.body}
    if isinstance(body.get("identifier"), list) and "identifier" in first.body:
        body["identifier"] = _identifiers(first.body["identifier"], other.body.get("identifier", []))
    return merged._replace(body=body, origin=first.origin, place=first.place)


def _merge(earlier: Resource, later: Resource) -> Resource:
    """What is inferred gives way to what was sent; identifiers gather."""
    inferred = {one for one in later.inferred if one in earlier.body and one not in earlier.inferred}
    told = {element: value for element, value in later.body.items() if element not in inferred}
    body: Body = {element: value for element, value in earlier.body.items() if element not in later.deleted}
    if isinstance(told.get("identifier"), list):  # of some types it is one, which the later replaces
        told["identifier"] = _identifiers(body.get("identifier", []), told["identifier"])
    sent = {element for element in told if element not in later.inferred}
    return earlier._replace(
        body=body | told,
        deleted=tuple(one for one in dict.fromkeys((*earlier.deleted, *later.deleted)) if one not in sent),
        inferred=tuple(
            one for one in dict.fromkeys((*earlier.inferred, *later.inferred)) if one not in sent | inferred
        ),
        weak=earlier.weak and later.weak,
    )


def _identifiers(earlier: list[Any], later: list[Any]) -> list[Any]:
    return [*earlier, *(one for one in later if one not in earlier)]
