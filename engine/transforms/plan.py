"""A message mapping made ready to run: its groups, the resources of each, and the functions that make them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.canonical.r4 import elements
from engine.language.condition import paths_of
from engine.language.path import FieldPath
from engine.transforms.compile import Compiler, Make, Shape, Test
from engine.transforms.mapping import Group, Identity, MessageMapping, ResourceRule, Rule, Sources
from engine.transforms.naming import PATIENT_IDENTIFIER, WORDS
from engine.transforms.tree import Branch, grow, join


@dataclass(frozen=True, slots=True, eq=False)
class ReferencePlan:
    """An element that refers to the resources of another rule."""

    element: str
    key: str
    many: bool
    is_list: bool
    type: str
    """The type of the resources referred to."""


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
    make: Make
    test: Test | None
    parents: tuple[str, ...]
    """The resources that its name is made of."""
    references: tuple[ReferencePlan, ...]

    own: tuple[str, ...]
    """The segments that the resource is made from, but for those that merely follow."""


class GroupPlan:
    """One group: where it begins, what stands in it, what it makes."""

    __slots__ = ("begins", "declared", "groups", "name", "named", "parent", "resources", "single")

    def __init__(self, name: str, begins: tuple[str, ...], parent: GroupPlan | None) -> None:
        self.name = name
        self.begins = begins
        self.parent = parent
        self.groups: list[GroupPlan] = []
        self.resources: tuple[ResourcePlan, ...] = ()
        self.named: tuple[ResourcePlan, ...] = ()
        """The resources so ordered that what a name is made of comes first."""
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


def plan_message(mapping: MessageMapping, sources: Sources, compiler: Compiler) -> MessagePlan:
    """Compile a message mapping; the mapping has been checked."""
    types = {rule.key: rule.type for group in mapping.body.walk() for rule in group.resources}
    top = _plan_group(mapping.body, None, sources, compiler, types)
    groups = list(top.walk())
    declared = frozenset().union(*(group.declared for group in groups))
    resources = [resource for group in groups for resource in group.resources]
    others = frozenset(name for resource in resources for name in resource.others)
    top.declared |= others - declared | frozenset(mapping.needs) - declared
    return MessagePlan(
        name=mapping.name,
        needs=mapping.needs,
        top=top,
        begins={name: (group, rank) for group in groups for rank, name in enumerate(group.begins)},
        homes={name: group for group in reversed(groups) for name in group.declared},
        followers=_followers(resources),
    )


def _followers(resources: Iterable[ResourcePlan]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for resource in resources:
        singles = resource.followers if resource.many else ()
        for name in (*singles, *resource.all_followers):
            found[name] = found.get(name, frozenset()) | set(resource.own)
    return found


def _plan_group(
    group: Group, parent: GroupPlan | None, sources: Sources, compiler: Compiler, types: Mapping[str, str]
) -> GroupPlan:
    plan = GroupPlan(group.name, group.begins, parent)
    plan.resources = tuple(_plan_resource(rule, sources, compiler, types) for rule in group.resources)
    plan.named = tuple(_by_parents(plan.resources))
    plan.groups = [_plan_group(inner, plan, sources, compiler, types) for inner in group.groups]
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


def _plan_resource(rule: ResourceRule, sources: Sources, compiler: Compiler, types: Mapping[str, str]) -> ResourcePlan:
    main = sources.segments[f"{rule.segment}.{rule.type}"]
    singles = tuple(also.segment for also in rule.also if not also.many)
    many = tuple(also.segment for also in rule.also if also.many)
    identity = rule.identity or main.identity
    tree, trees = trees_of(rule, sources)
    own = (rule.segment, *singles)
    others = tuple(sorted(_segments_read(rule, identity, [tree, *trees]) - {*own, *many}))
    inputs = own + others
    return ResourcePlan(
        key=rule.key,
        type=rule.type,
        many=rule.many,
        segment=rule.segment,
        followers=singles,
        others=others,
        all_followers=many,
        make=compiler.make(Shape(rule.type, inputs, many, identity, tree, tuple(trees))),
        test=compiler.test(inputs, many, rule.when) if rule.when else None,
        parents=tuple(name.word for one in identity for name in one.names if name.word and name.word not in WORDS),
        references=tuple(
            ReferencePlan(one.element, one.key, one.many, elements(rule.type)[one.element].is_list, types[one.key])
            for one in rule.references
        ),
        own=(rule.segment,) if rule.many else own,
    )


def trees_of(rule: ResourceRule, sources: Sources) -> tuple[Branch, list[Branch]]:
    """The tree of a resource over all the segments that come once, and those of the segments that repeat."""

    def rules_of(segment: str) -> tuple[Rule, ...]:
        return sources.segments[f"{segment}.{rule.type}"].rules

    given = {one.key.split(".")[0].split("[")[0] for one in rule.rules}
    kept = tuple(one for one in rules_of(rule.segment) if one.steps[0].name not in given)
    once = [(*kept, *rule.rules), *(rules_of(also.segment) for also in rule.also if not also.many)]
    trees = [grow(rule.type, rules, rule.mark)[0] for rules in once]
    return join(trees), [grow(rule.type, rules_of(also.segment), rule.mark)[0] for also in rule.also if also.many]


def _segments_read(rule: ResourceRule, identity: tuple[Identity, ...], trees: list[Branch]) -> set[str]:
    paths = [path for tree in trees for path in tree_paths(tree)]
    paths += [path for one in identity for name in one.names for path in name.paths]
    paths += [path for path in paths_of(rule.when) if isinstance(path, FieldPath)] if rule.when else []
    words = {name.word for one in identity for name in one.names}
    return {path.segment for path in paths} | ({"PID"} if PATIENT_IDENTIFIER in words else set())


def tree_paths(tree: Branch) -> Iterator[FieldPath]:
    """Every path that a tree reads, in values and conditions."""
    conditions = [tree.when] if tree.when else []
    for entry in tree.children():
        if isinstance(entry, Branch):
            yield from tree_paths(entry)
            continue
        for one in entry.alternatives:
            conditions += [one.when] if one.when else []
            yield from (path for term in one.source.terms for path in term.paths) if one.source else ()
    for condition in conditions:
        yield from (path for path in paths_of(condition) if isinstance(path, FieldPath))
