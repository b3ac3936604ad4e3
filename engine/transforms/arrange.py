"""Putting the segments of a message where its mapping looks for them, however they come.

A group begins at one of its segments and ends before the next of its kind. What the mapping does not know is passed
over; a segment of a group that has not begun opens it, so that nothing is lost; a segment such as NTE belongs to the
one it follows.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.canonical.resource import Resource
from engine.hl7.message import Segment
from engine.transforms.plan import GroupPlan, MessagePlan

CLOSED = 1000
"""The rank of a run that none of its segments began: what begins one begins another."""


class Scope:
    """One run of a group: its segments by name, and the runs of the groups inside it."""

    __slots__ = ("following", "inner", "made", "outer", "plan", "rank", "segments")

    def __init__(self, plan: GroupPlan, outer: Scope | None) -> None:
        self.plan = plan
        self.outer = outer
        self.inner: list[Scope] = []
        self.rank = -1
        self.segments: dict[str, list[Segment]] = {}
        self.following: dict[int, dict[str, list[Segment]]] = {}
        """By the identity of a segment: what follows it."""
        self.made: dict[str, list[Resource]] = {}
        """What was made, by the key of its rule."""

    def find(self, name: str) -> list[str]:
        """The fields of the first segment of that name here or around; none where there is none."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.segments.get(name)
            if found:
                return found[0].fields
            scope = scope.outer
        return []

    def every(self, name: str) -> list[list[str]]:
        """The fields of each segment of that name, here and in all inside."""
        return [one.fields for scope in self.walk() for one in scope.segments.get(name, ())]

    def after(self, segment: Segment, name: str) -> list[list[str]]:
        """The fields of each segment of that name that follows this one."""
        return [one.fields for one in self.following.get(id(segment), {}).get(name, ())]

    def around(self) -> Iterator[Scope]:
        """This run and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def walk(self) -> Iterator[Scope]:
        """This run and all inside it, outermost first."""
        yield self
        for scope in self.inner:
            yield from scope.walk()


def arrange(segments: list[Segment], plan: MessagePlan) -> Scope:
    """The message as its mapping sees it."""
    top = current = Scope(plan.top, None)
    last: Segment | None = None
    owner = top
    for segment in segments:
        name = segment.name
        if name in plan.followers and name not in plan.shared:
            if last is not None and last.name in plan.followers[name]:
                owner.following.setdefault(id(last), {}).setdefault(name, []).append(segment)
            continue
        begun = plan.begins.get(name)
        if begun is not None:
            current = owner = _begin(current, *begun)
        elif name in current.plan.declared:
            owner = current
        elif name in plan.homes:
            owner = _home(current, plan.homes[name], name)
            current = owner if owner not in current.around() else current
        else:
            last = last if name[:1] == "Z" else None
            continue
        owner.segments.setdefault(name, []).append(segment)
        last = segment
    if plan.shared:
        _share(segments, top, plan)
    return top


def _share(segments: list[Segment], top: Scope, plan: MessagePlan) -> None:
    """Let each segment that makes resources of its own also follow the nearest before it that it adds to."""
    placed = {id(one): scope for scope in top.walk() for found in scope.segments.values() for one in found}
    recent: dict[str, Segment] = {}
    for segment in segments:
        scope = placed.get(id(segment))
        if scope is None:
            continue
        if segment.name in plan.shared:
            owners = plan.followers[segment.name]
            nearest = next((recent[name] for name in reversed(recent) if name in owners), None)
            home = placed[id(nearest)] if nearest else None
            if home and home in scope.around():
                home.following.setdefault(id(nearest), {}).setdefault(segment.name, []).append(segment)
        recent.pop(segment.name, None)
        recent[segment.name] = segment


def _begin(current: Scope, group: GroupPlan, rank: int) -> Scope:
    """The run of the group that a segment begins or goes on with."""
    scope = next((one for one in current.around() if one.plan is group), None)
    if scope is None or rank <= scope.rank:
        scope = _open(scope.outer if scope and scope.outer else current, group)
    scope.rank = rank
    return scope


def _open(around: Scope, group: GroupPlan) -> Scope:
    """A new run of the group, inside the nearest run of the group around it, which is opened too if it is missing."""
    outer = next((one for one in around.around() if one.plan is group.parent), None)
    if outer is None and group.parent is not None:
        outer = _open(around, group.parent)
        outer.rank = CLOSED
    opened = Scope(group, outer)
    if outer is not None:
        outer.inner.append(opened)
    return opened


def _home(current: Scope, group: GroupPlan, name: str) -> Scope:
    """The nearest run around that declares a segment, else a new run of the group that does."""
    found = next((one for one in current.around() if name in one.plan.declared), None)
    if found is None:
        found = _open(current, group)
        found.rank = CLOSED
    return found
