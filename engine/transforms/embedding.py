"""Resources made from fields: a practitioner in OBX-16, a ward in PV1-3.

The function of a datatype mapping hands over what it made; what a message says twice is one resource, and of two that
are called the same the later one adds what the earlier one leaves out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine.bus.record import Position
from engine.canonical.identity import identify
from engine.canonical.resource import Body, Origin, Resource
from engine.transforms.fields import Scene
from engine.transforms.merging import complete

NOWHERE = Origin(Position("", 0, 0), "", "", "", "", 0, "", 0)
"""Stands for the origin until all of the message is known."""


class Embedding(NamedTuple):
    """A datatype mapping that makes resources: its name, their type, and what fills in references to others."""

    name: str
    type: str
    late: Callable[..., Any] | None


class Draft:
    """A resource made from a field; `given` is what the functions of its mapping take.

    `refs` finds what it may refer to: it is told when what the field stands in has been made.
    """

    __slots__ = ("embedding", "given", "refs", "resource")

    def __init__(self, embedding: Embedding, resource: Resource, given: tuple[Any, ...]) -> None:
        self.embedding = embedding
        self.resource = resource
        self.given = given
        self.refs: Any = None


def embed(
    embedding: Embedding,
    names: tuple[str, ...],
    body: Body,
    deleted: tuple[str, ...],
    inferred: tuple[str, ...],
    shown: Body,
    value: str,
    outer: str,
    inner: str,
    scene: Scene,
    where: str,
) -> Body:
    """The reference to a resource that was made from a field, which is one of the message's own from now on."""
    kind = embedding.type
    body["id"] = identity = identify(kind, scene.facility, names)
    url = f"{kind}/{identity}"
    made = Resource(kind, identity, body, NOWHERE, 0, deleted, inferred)
    if scene.trace:
        scene.trace.embed(body, where)
    earlier = scene.drafts.get(url)
    if earlier is None:
        scene.drafts[url] = Draft(embedding, made, (value, outer, inner, scene, where))
    elif earlier.resource.body != body:
        earlier.resource = completed(earlier.resource, made, scene)
    return {"reference": url, **shown}


def completed(first: Resource, other: Resource, scene: Scene) -> Resource:
    """What the first says, and what the other says beside it."""
    whole = complete(first, other)
    if scene.trace:
        scene.trace.complete(whole.body, first.body, other.body)
    return whole
