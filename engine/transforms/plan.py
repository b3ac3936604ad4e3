"""A message mapping made ready to run: its groups, the resources of each, and the functions that make them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from engine.canonical.r4 import elements
from engine.language.condition import Condition
from engine.transforms.compile import Compiler
from engine.transforms.deferred import Deferred
from engine.transforms.held import Held, Told
from engine.transforms.jobs import Late, Make, Shape, Test
from engine.transforms.mapping import Group, Identity, MessageMapping, ResourceRule, Sources
from engine.transforms.naming import NUMBERED, ORDINAL, WORDS
from engine.transforms.telling import telling_fields
from engine.transforms.tree import Branch
from engine.transforms.trees import (
    Part,
    condition_paths,
    conditions_of,
    datatypes_of,
    least_field,
    refers_in,
    resources_of,
    segments_of,
    split,
    trees_of,
    value_trees,
)
from engine.transforms.variants import Variants


@dataclass(frozen=True, slots=True, eq=False)
class ReferencePlan:
    """An element that refers to the resources of another rule."""

    element: str
    key: str
    many: bool
    is_list: bool
    type: str
    """The type of the resources referred to."""


class Variant(NamedTuple):
    """The functions of a resource for segments that hold something in certain fields alone."""

    make: Make
    test: Test | None
    late: Late | None


def _nothing(*_: Any) -> Any:
    return False


NONE = Variant(_nothing, _nothing, None)
"""Of segments of which nothing is made."""


@dataclass(frozen=True, slots=True, eq=False)
class ResourcePlan:
    """How one kind of resource is made: the segments its functions take, in order, and the functions."""

    key: str
    type: str
    many: bool
    segment: str
    """Each of it, or the first, makes one resource."""
    followers: tuple[str, ...]
    """Segments of which the first that follows counts."""
    others: tuple[str, ...]
    """Segments that are read wherever they stand in the scope or around it."""
    all_followers: tuple[str, ...]
    """Segments of which each counts that follows one of the resource's own."""
    make: Deferred[Make]
    late: Deferred[Late] | None
    """Fills what refers to resources that have to be made first."""
    test: Deferred[Test] | None
    parents: tuple[str, ...]
    """The resources that its name is made of."""
    references: tuple[ReferencePlan, ...]

    own: tuple[str, ...]
    """The segments that the resource is made from, but for those that merely follow."""
    early: tuple[ReferencePlan, ...]
    """The references again, where none is to what is made after it."""
    is_found: bool
    """Whether others refer to it by what it was made from."""
    is_target: bool
    """Whether others refer to it as the nearest of its key."""
    least: int
    """The condition holds of no segment that ends before this field; 0 where it may."""
    late_follows: int
    """How many of the last arguments, which hold segments that follow, refer to others; 0 where others do so too."""
    variants: Variants[Held, Variant] | None
    """The functions again, for segments that hold something in the same fields."""
    counts: bool = False
    """Whether it is counted among those called the same."""
    waits: bool = False
    """Whether it refers to what is made after it."""

    def general(self) -> Variant:
        """The functions for any segments, each compiled when it is first called."""
        test = partial(_test, self.test, self.least) if self.test else None
        return Variant(self.make, test, self.late)


class GroupPlan:
    """One group: where it begins, what stands in it, what it makes."""

    __slots__ = ("begins", "declared", "groups", "name", "named", "needs", "parent", "resources", "single", "waiting")

    def __init__(self, name: str, begins: tuple[str, ...], parent: GroupPlan | None) -> None:
        self.name = name
        self.begins = begins
        self.parent = parent
        self.groups: list[GroupPlan] = []
        self.resources: tuple[ResourcePlan, ...] = ()
        self.named: tuple[ResourcePlan, ...] = ()
        """The resources so ordered that what a name is made of comes first."""
        self.waiting: tuple[ResourcePlan, ...] = ()
        """Those of them that refer to what is made after them."""
        self.needs: frozenset[str] = frozenset()
        """The segments that must stand here."""
        self.declared: frozenset[str] = frozenset()
        self.single: frozenset[str] = frozenset()
        """The segments that may stand here once only."""

    def walk(self) -> Iterator[GroupPlan]:
        """This group and all inside it, outermost first."""
        yield self
        for group in self.groups:
            yield from group.walk()


@dataclass(frozen=True, slots=True)
class MessagePlan:
    """A message mapping, compiled."""

    name: str
    needs: tuple[str, ...]
    top: GroupPlan
    begins: Mapping[str, tuple[GroupPlan, int]]
    """The group that a segment begins, and its place among those that may begin it."""
    homes: Mapping[str, GroupPlan]
    """The outermost group that declares a segment."""
    followers: Mapping[str, frozenset[str]]
    """Segments that follow others, and which."""
    shared: frozenset[str]
    """Of these, those that make resources of their own too."""
    referred: frozenset[str]
    """The keys of resources that others refer to by the segment they were made from."""
    embeds: frozenset[str]
    """The types of resources that are made from its fields, and by its rules too."""
    known: frozenset[str]
    """All segments that it looks at."""
    tells: bool
    """Whether what is made from its fields refers to others."""
    has_variants: bool
    """Whether there are variants of its functions."""
    telling: Mapping[str, tuple[int, ...]]
    """By segment the fields whose words these are told apart by."""
    sources: Sources
    mapping: MessageMapping
    compiler: Compiler
    layouts: dict[tuple[str, ...], Any] = field(default_factory=dict, compare=False, repr=False)
    """Where the segments of messages go, by the names of all of them (engine/transforms/layout.py)."""


class Keys(NamedTuple):
    """What is known of a message's resources: their types by key, and which are referred to by what made them."""

    types: Mapping[str, str]
    referred: frozenset[str]
    targets: frozenset[str]
    """The keys of resources that others refer to as the nearest."""
    telling: Mapping[str, tuple[int, ...]]
    """By segment the fields whose words variants are told apart by."""


def plan_message(mapping: MessageMapping, sources: Sources, compiler: Compiler) -> MessagePlan:
    """Compile a message mapping; the mapping has been checked."""
    rules = [rule for group in mapping.body.walk() for rule in group.resources]
    targets = frozenset(one.key for rule in rules for one in rule.references if not one.many)
    types = {rule.key: rule.type for rule in rules}
    referred = _referred(mapping, sources)
    telling = _telling(mapping, sources) if compiler.narrows else {}
    top = _plan_group(mapping.body, None, sources, compiler, Keys(types, referred, targets, telling))
    embedded = list(resources_of(_trees(mapping, sources), sources))
    groups = list(top.walk())
    declared = frozenset().union(*(group.declared for group in groups))
    resources = [resource for group in groups for resource in group.resources]
    others = frozenset(name for resource in resources for name in resource.others)
    followers = _followers(resources)
    shared = declared & followers.keys()
    top.declared |= others - declared | frozenset(mapping.needs) - declared
    begins = {name: (group, rank) for group in groups for rank, name in enumerate(group.begins)}
    homes = {name: group for group in reversed(groups) for name in group.declared}
    for group in groups:
        group.needs = frozenset(name for name in mapping.needs if homes[name] is group)
    return MessagePlan(
        name=mapping.name,
        needs=mapping.needs,
        top=top,
        begins=begins,
        homes=homes,
        followers=followers,
        shared=shared,
        referred=referred,
        embeds=frozenset(one.type for one in embedded) & set(types.values()),
        tells=any(True for one in embedded for tree in value_trees(one) for _ in refers_in(tree)),
        has_variants=compiler.narrows,
        telling=telling,
        known=frozenset((*begins, *homes, *followers)),
        sources=sources,
        mapping=mapping,
        compiler=compiler,
    )


def compile_as(plan: MessagePlan, other: MessagePlan) -> None:
    """Compile now what another plan has been asked for; it may be at work on another thread meanwhile."""
    asked = {(group.name, one.key) for group in other.top.walk() for one in group.resources if one.make.is_made}
    for group in plan.top.walk():
        for one in group.resources:
            if (group.name, one.key) in asked:
                for function in (one.make, one.late, one.test):
                    _ = function.get() if function else None


def _trees(mapping: MessageMapping, sources: Sources) -> list[Branch]:
    rules = [rule for group in mapping.body.walk() for rule in group.resources]
    found = [trees_of(rule, sources) for rule in rules]
    return [tree for once, parts in found for tree in (once, *(part.tree for part in parts))]


def _telling(mapping: MessageMapping, sources: Sources) -> Mapping[str, tuple[int, ...]]:
    rules = (rule for group in mapping.body.walk() for rule in group.resources)
    return telling_fields(_trees(mapping, sources), (one for rule in rules for one in conditions_of(rule)))


def _referred(mapping: MessageMapping, sources: Sources) -> frozenset[str]:
    trees = _trees(mapping, sources)
    inner = [tree for one in datatypes_of(trees, sources) for tree in value_trees(one)]
    return frozenset(refers.key for tree in (*trees, *inner) for refers in refers_in(tree))


def _followers(resources: Iterable[ResourcePlan]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for resource in resources:
        singles = resource.followers if resource.many else ()
        for name in (*singles, *resource.all_followers):
            found[name] = found.get(name, frozenset()) | set(resource.own)
    return found


def _plan_group(group: Group, parent: GroupPlan | None, sources: Sources, compiler: Compiler, keys: Keys) -> GroupPlan:
    plan = GroupPlan(group.name, group.begins, parent)
    plan.resources = tuple(_plan_resource(rule, sources, compiler, keys) for rule in group.resources)
    plan.named = tuple(_in_order(tuple(_by_parents(plan.resources))))
    plan.waiting = tuple(one for one in plan.named if one.waits)
    plan.groups = [_plan_group(inner, plan, sources, compiler, keys) for inner in group.groups]
    plan.single = frozenset(resource.segment for resource in plan.resources if not resource.many)
    plan.declared = frozenset(group.begins).union(*(resource.own for resource in plan.resources))
    return plan


def _by_parents(resources: tuple[ResourcePlan, ...]) -> Iterator[ResourcePlan]:
    waiting = list(resources)
    while waiting:
        keys = {resource.key for resource in waiting}
        ready = [one for one in waiting if not keys.intersection(one.parents) - {one.key}] or waiting
        yield from ready
        waiting = [one for one in waiting if one not in ready]


def _in_order(resources: tuple[ResourcePlan, ...]) -> Iterator[ResourcePlan]:
    for index, resource in enumerate(resources):
        later = {one.key for one in resources[index:]}
        waits = any(one.many or one.key in later for one in resource.references)
        yield replace(resource, waits=waits, early=() if waits else resource.references)


def _plan_resource(rule: ResourceRule, sources: Sources, compiler: Compiler, keys: Keys) -> ResourcePlan:
    identity = rule.identity or sources.segments[rule.mapping].identity
    tree, parts = trees_of(rule, sources)
    own = tuple(dict.fromkeys((rule.segment, *(also.segment for also in rule.also if not also.many))))
    many = tuple(dict.fromkeys(also.segment for also in rule.also if also.many))
    read = _segments_read(rule, identity, [tree, *(part.tree for part in parts)])
    others = tuple(sorted(read - {*own, *many}))
    inputs = own + others
    (early, late), *halves = split(rule.type, [tree, *(part.tree for part in parts)])
    shape = Shape(rule.type, inputs, many, identity, early, _parts(parts, [one for one, _ in halves]), rule.undoes)
    later = Shape(rule.type, inputs, many, (), late, _parts(parts, [one for _, one in halves]))
    is_late = bool(later.tree.entries or later.parts)
    same = _content(rule, inputs)

    def variant(held: Held) -> Variant | None:
        return _variant(Told(held, keys.telling), shape, later if is_late else None, rule.when, compiler)

    return ResourcePlan(
        key=rule.key,
        type=rule.type,
        many=rule.many,
        segment=rule.segment,
        followers=own[1:],
        others=others,
        all_followers=many,
        make=compiler.deferred(same and ("make", *same), lambda: compiler.make(shape)),
        late=compiler.deferred(same and ("late", *same), lambda: compiler.late(later)) if is_late else None,
        test=_plan_test(rule.when, inputs, many, compiler) if rule.when else None,
        parents=tuple(name.word for one in identity for name in one.names if name.word and name.word not in WORDS),
        references=_references(rule, keys),
        own=(rule.segment,) if rule.many else own,
        early=(),
        is_found=rule.key in keys.referred,
        is_target=rule.key in keys.targets,
        least=least_field(rule.when, rule.segment) if rule.many and rule.when else 0,
        variants=compiler.shared(
            same and ("variants", rule.when, tuple(keys.telling.items()), *same), lambda: Variants(variant)
        )
        if compiler.narrows
        else None,
        late_follows=0 if late.entries or rule.key in keys.referred else len(many),
        counts=any(one.names[-1].word == ORDINAL for one in identity),
    )


def _references(rule: ResourceRule, keys: Keys) -> tuple[ReferencePlan, ...]:
    known = elements(rule.type)
    return tuple(
        ReferencePlan(one.element, one.key, one.many, known[one.element].is_list, keys.types[one.key])
        for one in rule.references
    )


def _test(test: Deferred[Test], least: int, first: list[str], *others: Any) -> bool:
    """Whether a resource is made; of a segment that ends before what the condition asks for it is not."""
    return len(first) > least and test(first, *others)


def _variant(
    told: Told, shape: Shape, later: Shape | None, when: Condition | None, compiler: Compiler
) -> Variant | None:
    if not compiler.may_narrow():
        return None
    test = compiler.narrow_test(shape.inputs, shape.many, when, told) if when else None
    if test is False:
        return NONE
    late = compiler.narrow_late(later, told) if later else None
    return Variant(compiler.narrow_make(shape, told), None if test is True else test, late)


def _content(rule: ResourceRule, inputs: tuple[str, ...]) -> tuple[Hashable, ...] | None:
    """What tells the functions of a rule from those of others, None for one that says more than which mappings."""
    if rule.rules or rule.identity:
        return None
    further = tuple((one.mapping, one.segment, one.many, one.into, one.when, one.lines) for one in rule.also)
    undone = tuple((one.element, one.when) for one in rule.undoes)
    return (rule.type, rule.mapping, inputs, further, undone)


def _plan_test(when: Condition, inputs: tuple[str, ...], many: tuple[str, ...], compiler: Compiler) -> Deferred[Test]:
    return compiler.deferred(("test", inputs, many, when), lambda: compiler.test(inputs, many, when))


def _parts(parts: Iterable[Part], trees: Iterable[Branch]) -> tuple[Part, ...]:
    """The parts with other trees, without those that have nothing to add."""
    return tuple(part._replace(tree=tree) for part, tree in zip(parts, trees, strict=True) if tree.entries)


def _segments_read(rule: ResourceRule, identity: tuple[Identity, ...], trees: list[Branch]) -> set[str]:
    paths = [path for one in identity for name in one.names for path in name.paths]
    paths += [path for condition in conditions_of(rule) for path in condition_paths(condition)]
    words = {name.word for one in identity for name in one.names}
    found = {path.segment for path in paths} | segments_of(trees)
    return found | {path.segment for word, path in NUMBERED.items() if word in words}
