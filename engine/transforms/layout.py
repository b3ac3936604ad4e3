"""Which segments each rule of a message takes: worked out once for all messages of the same segments in a row.

A city's systems send messages of few forms, and where the segments of a form go depends on their names alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from engine.hl7.message import HEADERS
from engine.transforms.arrange import Places, Scope, arrange
from engine.transforms.forms import Form, Sample
from engine.transforms.held import NOTHING, SEVERAL, Held
from engine.transforms.jobs import Late, Make, Test
from engine.transforms.plan import NONE, MessagePlan, ResourcePlan, Variant
from engine.transforms.variants import Variants

ABSENT = -1
"""Stands for the place of a segment that is not there: behind the segments of a message stands an empty one."""

LONGEST = 256
"""Segments of the longest message whose layout is remembered."""

MOST = 256
"""Layouts remembered of one mapping."""

MOST_READY = 16
"""What is remembered of one layout for what the segments hold."""

MOST_FORMS = 4
"""Forms of one layout."""

Take = Callable[[Sequence[Any]], tuple[Any, ...]]


class Spot(NamedTuple):
    """Where one resource is made: the place of its segment, and how to take what its functions take.

    Both take it of a list of what stands at each place; what is absent is taken from behind the last.
    """

    place: int
    take: Take
    taken: Take
    """Of what each segment holds, the same."""
    inputs: tuple[int, ...]
    """The places of the segments that its functions take."""
    every: tuple[Places, ...]
    """The places of those of which they take all that follow."""


class Step(NamedTuple):
    """The resources of one rule in one run of a group, wherever one may be made, and how for any segments."""

    plan: ResourcePlan
    spots: tuple[Spot, ...]
    general: Variant


Turn = tuple[int, Take, Make, Test | None, Late | None, Spot]
"""How one resource is made: the place of its segment, how to take what its functions take, the functions, and where."""

Scopes = tuple[tuple[Scope, tuple[Step, ...]], ...]
"""The runs of the groups of a message, outermost first, with what may be made in each."""

Run = tuple[Scope, tuple[tuple[ResourcePlan, tuple[Turn, ...]], ...]]
"""A run of a group, and of each rule the resources that it makes there."""

WriteForm = Callable[[Sample, Sequence[Run]], Form | None]
"""Writes a form; None where it would be too long, or there are enough of them."""


class Layout:
    """Where all goes in a message, or what is wrong with it, and where."""

    def __init__(
        self,
        scopes: Scopes = (),
        used: tuple[int, ...] = (),
        headers: tuple[int, ...] = (),
        fault: tuple[str, str] | None = None,
    ) -> None:
        self.scopes = scopes
        self.used = used
        """The places of all segments that are taken."""
        self.headers = headers
        """Those of them that name the separator in their first field, and the others."""
        self.others = tuple(one for one in used if one not in headers)
        self.fault = fault
        self.runs = tuple((scope, _with((one, [None] * len(one.spots)) for one in steps)) for scope, steps in scopes)
        """The runs with the functions for any segments."""
        self.forms: list[Form] = []
        self._ready: dict[Held, tuple[Run, ...]] = {}
        """The runs with the functions for what the segments hold, as far as there are variants of all needed."""
        self._often: Variants[Held, Form] | None = None

    def ready_for(self, held: Held, sample: Sample, write: WriteForm) -> tuple[Run, ...]:
        """The runs for segments that hold this, by place; of what comes often a form is written, after a sample."""
        runs = self._ready.get(held)
        if runs is not None:
            if len(self.forms) < MOST_FORMS:
                self._count(held, runs, sample, write)
            return runs
        found = [[(step, _variants(step, held)) for step in steps] for _, steps in self.scopes]
        runs = tuple((scope, _with(one)) for (scope, _), one in zip(self.scopes, found, strict=True))
        if all(one for steps in found for _, variants in steps for one in variants):
            if len(self._ready) >= MOST_READY:
                self._ready.clear()
            self._ready[held] = runs
        return runs

    def _count(self, held: Held, runs: tuple[Run, ...], sample: Sample, write: WriteForm) -> None:
        """Note that a message came that holds this, and of which all is made by these runs."""
        counted = self._often = self._often or Variants(lambda _: None)
        counted.compile_it = lambda _: write(sample, runs)
        form = counted.count(held)
        if form is not None:
            self.forms.append(form)


def _with(steps: Iterable[tuple[Step, Sequence[Variant | None]]]) -> tuple[tuple[ResourcePlan, tuple[Turn, ...]], ...]:
    """What is made of the segments, with the variants that there are."""
    turns = ((step.plan, tuple(_turns(step, variants))) for step, variants in steps)
    return tuple((plan, made) for plan, made in turns if made)


def _turns(step: Step, variants: Sequence[Variant | None]) -> Iterator[Turn]:
    for spot, variant in zip(step.spots, variants, strict=True):
        if variant is not NONE:
            yield (spot.place, spot.take, *(variant or step.general), spot)


def _variants(step: Step, held: Held) -> list[Variant | None]:
    """For each resource of a step the functions for segments that hold this, None where there are none."""
    variants = step.plan.variants
    if variants is None:
        return [None] * len(step.spots)
    owns = [spot.taken(held) for spot in step.spots]
    return [variants.known.get(own) or variants.count(own) for own in owns]


def lay_out(names: list[str], plan: MessagePlan) -> Layout:
    """The layout of a message by the names of its segments."""
    key = tuple(names)
    layout = plan.layouts.get(key)
    if layout is None:
        layout = _lay_out(key, plan)
        if len(plan.layouts) >= MOST:
            plan.layouts.clear()
        if len(key) <= LONGEST:
            plan.layouts[key] = layout
    return layout


def _lay_out(names: tuple[str, ...], plan: MessagePlan) -> Layout:
    scopes = arrange(names, plan)
    fault = _fault(scopes, plan)
    if fault:
        return Layout(fault=fault)
    used = tuple(sorted({place for scope in scopes for place in _held(scope)}))
    headers = tuple(one for one in used if names[one] in HEADERS)
    return Layout(tuple((scope, tuple(_steps(scope, plan))) for scope in scopes), used, headers)


def _held(scope: Scope) -> Iterator[int]:
    for found in (scope.segments, *scope.following.values()):
        for places in found.values():
            yield from places


def _fault(scopes: list[Scope], plan: MessagePlan) -> tuple[str, str] | None:
    for name in plan.needs:
        homes = [scope for scope in scopes if scope.plan is plan.homes[name]]
        if not homes or any(name not in scope.segments for scope in homes):
            return name, f"the segment {name} is missing"
    for scope in scopes:
        for name, found in scope.segments.items():
            if len(found) > 1 and name in scope.plan.single:
                return f"{name}[2]", f"a second {name} stands where one may"
    return None


def _steps(scope: Scope, plan: MessagePlan) -> Iterator[Step]:
    for resource in scope.plan.named:
        places = scope.segments.get(resource.segment) or _stand_ins(resource, scope)
        if places:
            yield Step(resource, tuple(_spots(scope, resource, places, plan)), resource.general())


def _stand_ins(plan: ResourcePlan, scope: Scope) -> Places:
    """What a resource whose segment is missing is made from: another that begins the group, as an OBR without ORC."""
    names = [name for name in plan.followers if name in scope.segments and name in scope.plan.begins]
    return scope.segments[names[0]][:1] if names and not plan.many else []


def _spots(scope: Scope, resource: ResourcePlan, places: Places, plan: MessagePlan) -> Iterator[Spot]:
    others = [_nearest(scope, name) for name in resource.others]
    if not resource.many:
        own = [scope.segments[one][0] if one in scope.segments else _around(scope, one) for one in resource.own]
        every = tuple(_every(resource, scope, name, plan) for name in resource.all_followers)
        yield _spot(places[0], [*own, *others], every)
        return
    for place in places:
        found = [scope.after(place, name) for name in resource.followers]
        after = [one[0] if one else ABSENT for one in found]
        every = tuple(scope.after(place, name) for name in resource.all_followers)
        yield _spot(place, [place, *after, *others], every)


def _spot(place: int, inputs: list[int], every: tuple[Places, ...]) -> Spot:
    if not any(every):
        take = _taking([*inputs, *(ABSENT for _ in every)])
        return Spot(place, take, take, tuple(inputs), every)
    first = _taking(inputs)
    flags = tuple(SEVERAL if one else NOTHING for one in every)
    return Spot(
        place,
        lambda rows: (*first(rows), *([rows[one] for one in places] for places in every)),
        lambda held: (*first(held), *flags),
        tuple(inputs),
        every,
    )


def _taking(places: list[int]) -> Take:
    if len(places) > 1:
        return itemgetter(*places)
    (place,) = places
    return lambda rows: (rows[place],)


def _around(scope: Scope, name: str) -> int:
    """The segment that began a run around this one, as the ORC of an administration; none of another name."""
    outer = scope.outer
    while outer is not None:
        if name in outer.plan.begins:
            return _nearest(outer, name)
        outer = outer.outer
    return ABSENT


def _nearest(scope: Scope, name: str) -> int:
    place = scope.find(name)
    return ABSENT if place is None else place


def _every(resource: ResourcePlan, scope: Scope, name: str, plan: MessagePlan) -> Places:
    """The segments of that name that follow any of the resource's own; all that stand here of shared ones."""
    if name in plan.shared:
        return scope.every(name)
    own = [scope.segments[one][0] for one in resource.own if one in scope.segments]
    return [place for one in own for place in scope.after(one, name)]
