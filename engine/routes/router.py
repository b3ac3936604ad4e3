"""The router: which topics an event goes to, and under which keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.canonical.envelope import topic_of
from engine.canonical.resource import Body, Resource
from engine.language.condition import Condition
from engine.language.fault import Mark
from engine.routes.match import Match, compile_match, is_type_alone, without_type
from engine.routes.record_key import BY_SUBJECT, RecordKey

REST = "_unmatched"
"""The name of the route that takes what no other route of its file takes."""


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
    key: RecordKey = BY_SUBJECT
    yields: bool = False
    """Whether it takes only what no route before it in its file took."""

    strict: bool = False
    """Whether it gets no event of a key after a dead letter of it, until it is told."""

    @property
    def file(self) -> str:
        return self.mark.file


class _Few(NamedTuple):
    """The routes that events of one type may match."""

    routes: tuple[tuple[Route, Match], ...]
    """Each with what it asks of them."""
    own: tuple[str, ...]
    """The topic of the type."""


class Router:
    """Sends each event to the topic of its type, and to the topics of the routes that take it."""

    def __init__(self, routes: Sequence[Route] = ()) -> None:
        """`routes` in the order of their files, of each file the one for the rest last."""
        self.routes = tuple(routes)
        self._by_type: dict[str, _Few] = {}
        self._settled: dict[str, tuple[str, ...]] = {}
        """The topics of all events of a type, where no route asks for more than that."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that routes write to, in order of name."""
        return tuple(sorted({topic for route in self.routes for topic in route.topics}))

    @property
    def keys(self) -> Mapping[str, RecordKey]:
        """The keys of the topics that have others than their events'."""
        found = {topic: route.key for route in self.routes for topic in route.topics}
        return {topic: key for topic, key in found.items() if key != BY_SUBJECT}

    @property
    def strict(self) -> frozenset[str]:
        """The topics of the routes that are strict."""
        return frozenset(topic for route in self.routes if route.strict for topic in route.topics)

    def route(self, resource: Resource) -> tuple[str, ...]:
        """The topics of an event; the loader's comes first."""
        kind = resource.type
        settled = self._settled.get(kind)
        if settled is not None:
            return settled
        few = self._of_type(kind)
        if kind in self._settled:
            return self._settled[kind]
        taken = _taken(few.routes, resource.body)
        return (*few.own, *_topics_of(taken)) if taken else few.own

    def matching(self, body: Body) -> tuple[str, ...]:
        """The topics of the routes that take an event, each once."""
        return _topics_of(self.taken(body))

    def taken(self, body: Body) -> list[Route]:
        """The routes that take an event."""
        return _taken(self._of_type(body.get("resourceType", "")).routes, body)

    def _of_type(self, resource_type: str) -> _Few:
        """The routes that an event of this type may match."""
        found = self._by_type.get(resource_type)
        if found is None:
            routes = tuple(route for route in self.routes if route.types is None or resource_type in route.types)
            own = (topic_of(resource_type),)
            if all(is_type_alone(route.condition) and not route.yields for route in routes):
                self._settled[resource_type] = (*own, *_topics_of(routes))
            asked = tuple((route, _match_of(route, resource_type)) for route in routes)
            found = self._by_type[resource_type] = _Few(asked, own)
        return found


def _match_of(route: Route, resource_type: str) -> Match:
    """What a route asks of events of one type: not for the type again."""
    return compile_match(without_type(route.condition, resource_type)) if route.condition else route.match


def _taken(routes: Sequence[tuple[Route, Match]], body: Body) -> list[Route]:
    taken: list[Route] = []
    for route, holds in routes:
        if not (route.yields and any(one.file == route.file for one in taken)) and holds(body):
            taken.append(route)
    return taken


def _topics_of(routes: Sequence[Route]) -> tuple[str, ...]:
    """Their topics, each once."""
    return tuple(dict.fromkeys(topic for route in routes for topic in route.topics))
