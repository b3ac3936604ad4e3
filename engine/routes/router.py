"""The router: which topics an event goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.canonical.envelope import topic_of
from engine.canonical.resource import Body, Resource
from engine.language.condition import Condition
from engine.language.fault import Mark
from engine.routes.match import Match


@dataclass(frozen=True, slots=True)
class RouteTest:
    """A test that stands beside a route: the topics that an event should go to by the routes of its file."""

    event: Body
    expect: tuple[str, ...]
    mark: Mark
    marks: tuple[Mark, ...] = ()
    """Where each expected topic stands."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route: events that match go to its topics too."""

    name: str
    about: str
    match: Match
    topics: tuple[str, ...]
    mark: Mark
    tests: tuple[RouteTest, ...] = ()
    types: frozenset[str] | None = None
    """The resource types whose events may match; None for all."""
    condition: Condition | None = None


class Router:
    """Sends each event to the topic of its type, and to the topics of every route that matches it."""

    def __init__(self, routes: Sequence[Route] = ()) -> None:
        self.routes = tuple(routes)
        self._by_type: dict[str, tuple[Route, ...]] = {}

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that routes write to, in order of name."""
        return tuple(sorted({topic for route in self.routes for topic in route.topics}))

    def route(self, resource: Resource) -> tuple[str, ...]:
        """The topics of an event; the loader's comes first."""
        return (topic_of(resource.type), *self.matching(resource.body))

    def matching(self, body: Body) -> tuple[str, ...]:
        """The topics of the routes that match, each once."""
        routes = self._of_type(body.get("resourceType", ""))
        return tuple(dict.fromkeys(topic for route in routes if route.match(body) for topic in route.topics))

    def _of_type(self, resource_type: str) -> tuple[Route, ...]:
        """The routes that an event of this type may match."""
        found = self._by_type.get(resource_type)
        if found is None:
            found = tuple(route for route in self.routes if route.types is None or resource_type in route.types)
            self._by_type[resource_type] = found
        return found
