"""Resources made from fields: a practitioner in OBX-16, a ward in PV1-3.

The function of a datatype mapping hands over what it made; what a message says twice is one resource, and of two that
are called the same the later one adds what the earlier one leaves out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from engine.bus.record import Position
from engine.canonical.identity import remembered_id_of
from engine.canonical.resource import Body, Origin, Resource, SharedBody
from engine.transforms.fields import Scene
from engine.transforms.merging import complete

NOWHERE = Origin(Position("", 0, 0), "", "", "", "", 0, "", 0)
"""The origin of what is no resource of a message yet."""


MOST = 4096
"""Values remembered of one mapping."""

MOST_COMPLETED = 16
"""Others with which one is remembered to be completed."""

Read = Callable[[str, Scene, str], Any]


class Embedding(NamedTuple):
    """A datatype mapping that makes resources: its name, their type, and what fills in references to others."""

    name: str
    type: str
    late: Callable[..., Any] | None


class Draft:
    """A resource made from a field; `given` is what the functions of its mapping take, nothing where it is remembered.

    `refs` finds what it may refer to: it is told when what the field stands in has been made.
    """

    __slots__ = ("_completed", "body", "deleted", "embedding", "given", "id", "inferred", "refs")

    def __init__(
        self,
        embedding: Embedding,
        identity: str,
        body: Body,
        deleted: tuple[str, ...],
        inferred: tuple[str, ...],
        given: tuple[Any, ...],
    ) -> None:
        self.embedding = embedding
        self.id = identity
        self.body = body
        self.deleted = deleted
        self.inferred = inferred
        self.given = given
        self.refs: Any = None
        self._completed: dict[int, tuple[Draft, Draft]] = {}

    def resource(self, origin: Origin, place: int) -> Resource:
        """It as one of the resources of a message."""
        whole = (self.embedding.type, self.id, self.body, origin, place, self.deleted, self.inferred, False)
        return tuple.__new__(Resource, whole)

    def remember(self) -> None:
        """It is that of many messages from now on."""
        self.given = ()  # which holds the message, and of which nothing more is made
        if not isinstance(self.body, SharedBody):
            self.body = SharedBody(self.body)

    def completed(self, other: Draft, scene: Scene) -> Draft:
        """What this says, and of what it leaves out what the other says of the same resource.

        Of two that are remembered this is remembered too.
        """
        if self.given or other.given:
            return self._complete(other, scene)
        known = self._completed.get(id(other))
        if known is None:
            if len(self._completed) >= MOST_COMPLETED:
                self._completed.clear()
            known = self._completed[id(other)] = (other, self._complete(other, scene))
            known[1].remember()
        return known[1]

    def _complete(self, other: Draft, scene: Scene) -> Draft:
        whole = completed(self.resource(NOWHERE, 0), other.resource(NOWHERE, 0), scene)
        draft = Draft(self.embedding, self.id, whole.body, whole.deleted, whole.inferred, self.given)
        draft.refs = self.refs
        return draft


def embed(
    embedding: Embedding,
    called: str,
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
    body["id"] = identity = remembered_id_of(called)
    url = f"{kind}/{identity}"
    if scene.trace:
        scene.trace.embed(body, where)
    made = Draft(embedding, identity, body, deleted, inferred, (value, outer, inner, scene, where))
    put(url, made, scene)
    return {"reference": url, **shown}


def put(url: str, made: Draft, scene: Scene) -> None:
    """Count a resource among those of the message."""
    earlier = scene.drafts.get(url)
    if earlier is None:
        scene.drafts[url] = made
    elif earlier.body is not made.body and earlier.body != made.body:
        scene.drafts[url] = earlier.completed(made, scene)


class Remembered(NamedTuple):
    """What a function made of a value: what it gave, the resources on the way, codes that no table held."""

    made: Any
    drafts: list[tuple[str, Draft]]
    misses: list[tuple[str, str]]


def remembering(read: Read) -> Read:
    """The function of a datatype mapping that depends on the value and its sender alone, with what it made before.

    What it makes is that of many messages: nobody may change it.
    """
    seen: dict[tuple[str, ZoneInfo, str], Remembered] = {}

    def read_remembered(value: str, scene: Scene, where: str) -> Any:
        found = seen.get((scene.facility, scene.zone, value))
        if found is None:
            around, misses, scene.drafts, scene.misses = scene.drafts, scene.misses, {}, []
            try:
                made = read(value, scene, where)
                found = Remembered(made, list(scene.drafts.items()), scene.misses)
                for _, draft in found.drafts:
                    draft.remember()
            finally:
                scene.drafts, scene.misses = around, misses
            if len(seen) >= MOST:
                seen.clear()
            seen[scene.facility, scene.zone, value] = found
        for url, draft in found.drafts:
            put(url, draft, scene)
        scene.misses += found.misses
        return found.made

    return read_remembered


def completed(first: Resource, other: Resource, scene: Scene) -> Resource:
    """What the first says, and what the other says beside it."""
    whole = complete(first, other)
    if scene.trace:
        scene.trace.complete(whole.body, first.body, other.body)
    return whole
