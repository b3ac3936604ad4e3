"""Putting the segments of a message where its mapping looks for them, however they come.

A group begins at one of its segments and ends before the next of its kind. What the mapping does not know is passed
over; a segment of a group that has not begun opens it, so that nothing is lost; a segment such as NTE belongs to the
one it follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.transforms.plan import GroupPlan, MessagePlan

CLOSED = 1000
"""The rank of a run that none of its segments began: what begins one begins another."""

Places = list[int]
"""Where segments stand in the message, counted from 0."""


class Scope:
    """One run of a group: its segments by name, and the runs of the groups inside it."""

    __slots__ = ("following", "inner", "number", "outer", "plan", "rank", "repeats", "segments")

    def __init__(self, plan: GroupPlan, outer: Scope | None) -> None:
        self.plan = plan
        self.outer = outer
        self.inner: list[Scope] = []
        self.rank = -1
        self.number = 0
        """Which one it is of the message's, outermost first."""
        self.segments: dict[str, Places] = {}
        self.repeats = False
        """Whether a segment stands here more than once."""
        self.following: dict[int, dict[str, Places]] = {}
        """By the place of a segment: what follows it."""

    def find(self, name: str) -> int | None:
        """The place of the first segment of that name here or around; None where there is none."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.segments.get(name)
            if found:
                return found[0]
            scope = scope.outer
        return None

    def every(self, name: str) -> Places:
        """The places of all segments of that name, here and inside."""
        return [place for scope in self.walk() for place in scope.segments.get(name, ())]

    def after(self, place: int, name: str) -> Places:
        """The places of the segments of that name that follow the one at a place."""
        return self.following[place].get(name, []) if place in self.following else []

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


def arrange(names: Sequence[str], plan: MessagePlan) -> list[Scope]:
    """The message as its mapping sees it, by the names of its segments: the runs of its groups, outermost first."""
    top = Scope(plan.top, None)
    if plan.begins or plan.followers:
        _arrange_groups(names, plan, top)
        scopes = list(top.walk())
        for number, scope in enumerate(scopes):
            scope.number = number
        if not plan.shared.isdisjoint(names):
            _share(names, scopes, plan)
        return scopes
    segments, known = top.segments, plan.known
    for place, name in enumerate(names):
        if name not in known:
            continue
        if name in segments:
            segments[name].append(place)
            top.repeats = True
        else:
            segments[name] = [place]
    return [top]


def _arrange_groups(names: Sequence[str], plan: MessagePlan, top: Scope) -> None:
    known, begins, followers, shared = plan.known, plan.begins, plan.followers, plan.shared
    current = owner = holder = top
    last: int | None = None
    """What others may follow, and in `holder` where it stands."""
    run = ""
    """What goes where the last one went."""
    found: Places = []
    for place, name in enumerate(names):
        if name == run:
            found.append(place)
            owner.repeats = True
            last = place
            continue
        if name not in known:
            last = last if name[:1] == "Z" else None
            continue
        if name in followers and name not in shared:
            if last is not None and names[last] in followers[name]:
                holder.following.setdefault(last, {}).setdefault(name, []).append(place)
            continue
        if name in begins:
            current = owner = _begin(current, *begins[name])
        elif name in current.plan.declared:
            owner = current
        else:
            owner = _home(current, plan.homes[name], name)
            current = owner if owner not in current.around() else current
        found = owner.segments.setdefault(name, [])
        owner.repeats = owner.repeats or bool(found)
        found.append(place)
        run = "" if name in begins or name in shared else name
        # what comes behind a shared one follows what that one follows
        last, holder = (last, holder) if name in shared else (place, owner)


def _share(names: Sequence[str], scopes: list[Scope], plan: MessagePlan) -> None:
    """Let each segment that makes resources of its own also follow the nearest before it that it adds to."""
    placed = {place: scope for scope in scopes for found in scope.segments.values() for place in found}
    recent: dict[str, int] = {}
    for place, scope in sorted(placed.items()):
        name = names[place]
        if name in plan.shared:
            owners = plan.followers[name]
            nearest = next((recent[one] for one in reversed(recent) if one in owners), None)
            if nearest is not None and placed[nearest] in scope.around():
                placed[nearest].following.setdefault(nearest, {}).setdefault(name, []).append(place)
        recent.pop(name, None)
        recent[name] = place


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
