"""A canonical resource: FHIR R4 content with its identity, its version and where it came from."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple, NoReturn

import orjson

from engine.bus.record import Position

Body = dict[str, Any]
"""A FHIR R4 resource or element as JSON."""


class SharedBody(Body):
    """The body of a resource that many messages tell of in the same words: written as JSON once, and never changed.

    A copy of it is a plain body.
    """

    @cached_property
    def text(self) -> bytes:
        """It as JSON."""
        return orjson.dumps(self)

    def __reduce__(self) -> tuple[type[Body], tuple[Body]]:
        return dict, (dict(self),)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a body that messages share is not changed - copy it first")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse


class Origin(NamedTuple):
    """The raw message that an event was made from, the same for all its events."""

    raw: Position
    facility: str
    subject: str
    message_key: str
    version: str
    received_us: int
    mapping: str
    generation: int


class Resource(NamedTuple):
    """One resource as one message tells of it.

    `deleted` names the top-level elements that the sender erased (HL7 `""`); `inferred` those whose value is a default
    and ranks below any value sent; `weak` says that nothing in the message names the resource, so that its id comes
    from the raw record. `place` counts the resources of the message from 0.
    """

    type: str
    id: str
    body: Body
    origin: Origin
    place: int
    deleted: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    weak: bool = False
