"""The router: which topics an event goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.canonical.envelope import topic_of
from engine.canonical.resource import Body, Resource
from engine.language.fault import Mark
from engine.routes.match import Match


@dataclass(frozen=True, slots=True)
class RouteTest:
    """A test that stands beside a route: the topics that an event should go to by the routes of its file."""

    event: Body
    expect: tuple[str, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Route:
    """One route: events that match go to its topics too."""

    name: str
    about: str
    match: Match
    topics: tuple[str, ...]
    mark: Mark
    tests: tuple[RouteTest, ...] = ()


class Router:
    """Sends each event to the topic of its type, and to the topics of every route that matches it."""

    def __init__(self, routes: Sequence[Route] = ()) -> None:
        self.routes = tuple(routes)

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that routes write to, in order of name."""
        return tuple(sorted({topic for route in self.routes for topic in route.topics}))

    def route(self, resource: Resource) -> tuple[str, ...]:
        """The topics of an event; the loader's comes first."""
        return (topic_of(resource.type), *self.matching(resource.body))

    def matching(self, body: Body) -> tuple[str, ...]:
        """The topics of the routes that match, each once."""
        return tuple(dict.fromkeys(topic for route in self.routes if route.match(body) for topic in route.topics))
