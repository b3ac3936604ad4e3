"""An event made ready to load: all that its content alone decides, worked out before any transaction."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from engine.canonical.fold import Current, tell
from engine.canonical.resource import Origin, Resource


class Event(NamedTuple):
    """A resource as one message tells of it, as JSON and as a fold of its own."""

    resource: Resource
    body: str
    alone: Current

    @property
    def origin(self) -> Origin:
        return self.resource.origin


def prepare(resource: Resource) -> Event:
    """Make a resource ready; raises ValueError when its content cannot be folded or stored."""
    try:
        body = orjson.dumps(resource.body).decode()
        return Event(resource, body, tell(resource))
    except (TypeError, AttributeError) as error:
        raise ValueError(f"the body is no resource ({type(error).__name__})") from None
