"""The trees of a resource: over the segments that come once, and what each further segment adds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from engine.canonical.r4 import choice_base, is_resource
from engine.language.condition import All, Any, Compares, Condition, Equals, Not, paths_of
from engine.language.path import FieldPath
from engine.language.term import Term
from engine.transforms.mapping import (
    Also,
    Alternative,
    Identity,
    Mapping,
    MessageMapping,
    Refers,
    ResourceRule,
    Rule,
    Sources,
)
from engine.transforms.tree import Branch, Leaf, grow, join


class Part(NamedTuple):
    """What a further segment adds to a resource: each of it that follows (`many`), or the first, where `when` holds."""

    segment: str
    tree: Branch
    many: bool
    when: Condition | None
    lines: int = 0
    """The field whose repetitions are lines: all count as one segment with the lines of all; 0 for none."""


def trees_of(rule: ResourceRule, sources: Sources) -> tuple[Branch, tuple[Part, ...]]:
    """The tree of a resource over the segments that come once, and the parts that are added to it one by one."""
    used = (sources.segments[rule.mapping], *(sources.segments[also.mapping] for also in rule.also))
    key = (id(rule), *map(id, used))
    known: tuple[object, tuple[Branch, tuple[Part, ...]]] | None = sources.grown.get(key)
    if known is None:  # what the key names is kept beside it, so that no other thing has its id
        known = sources.grown[key] = ((rule, used), _grow_trees(rule, used, sources))
    return known[1]


def _grow_trees(rule: ResourceRule, used: tuple[Mapping, ...], sources: Sources) -> tuple[Branch, tuple[Part, ...]]:
    beside = tuple(zip(rule.also, used[1:], strict=True))
    joined = [(also, mapping) for also, mapping in beside if not (also.many or also.when)]
    parts = (
        Part(also.segment, _tree(rule, mapping, also.segment), also.many, also.when, also.lines)
        for also, mapping in beside
        if also.many or also.when
    )
    if rule.rules:
        return _joined(rule, _own_tree(rule, used[0]), joined), tuple(parts)
    key = (rule.type, rule.segment, id(used[0]), *((id(mapping), also.segment, also.into) for also, mapping in joined))
    known: tuple[object, Branch] | None = sources.grown.get(key)
    if known is None:
        known = sources.grown[key] = (used, _joined(rule, _tree(rule, used[0], rule.segment), joined))
    return _at(rule, known[1]), tuple(parts)


def _joined(rule: ResourceRule, tree: Branch, others: Iterable[tuple[Also, Mapping]]) -> Branch:
    for also, mapping in others:
        tree = join((tree, _tree(rule, mapping, also.segment)), also.into)
    return tree


def _own_tree(rule: ResourceRule, main: Mapping) -> Branch:
    """The tree of a segment mapping with the elements that the rule gives itself."""
    given = {one.key.split(".")[0].split("[")[0] for one in rule.rules}
    kept = tuple(one for one in main.rules if one.steps[0].name not in given)
    return grow(rule.type, _placed((*kept, *rule.rules), rule.segment), rule.mark)[0]


def _tree(rule: ResourceRule, mapping: Mapping, segment: str) -> Branch:
    """The tree of a segment mapping, at the place of the rule that asks for it."""
    tree: Branch | None = mapping.worked_out.get((rule.type, segment))
    if tree is None:
        tree = grow(rule.type, _placed(mapping.rules, segment), rule.mark)[0]
        mapping.worked_out[rule.type, segment] = tree
    return _at(rule, tree)


def _at(rule: ResourceRule, tree: Branch) -> Branch:
    """A tree at the place of the rule that asks for it."""
    return replace(tree, mark=rule.mark)


def _placed(rules: tuple[Rule, ...], segment: str) -> tuple[Rule, ...]:
    """The rules with the segment that each reference is looked for from."""
    return tuple(
        replace(rule, alternatives=tuple(_placed_one(one, segment) for one in rule.alternatives))
        if _has_refers(rule)
        else rule
        for rule in rules
    )


def _has_refers(rule: Rule) -> bool:
    return any(one.refers or any(_has_refers(inner) for inner in one.rules) for one in rule.alternatives)


def _placed_one(one: Alternative, segment: str) -> Alternative:
    if one.refers:
        return replace(one, refers=replace(one.refers, segment=segment))
    return replace(one, rules=_placed(one.rules, segment)) if one.rules else one


def split(kind: str, trees: Iterable[Branch]) -> list[tuple[Branch, Branch]]:
    """Each tree as what can be filled at once, and what refers to resources that have to be made first.

    A tree adds to what those before it give, so what it shares with a late one after it need not wait.
    """
    bases: set[str] = set()
    halves = []
    for tree in trees:
        bases |= {choice_base(kind, name) for name, entries in tree.entries.items() if _refers(entries.values())}
        halves.append((_only(tree, bases, late=False), _only(tree, bases, late=True)))
    return halves


def _refers(entries: Iterable[Leaf | Branch]) -> bool:
    return any(True for entry in entries for _ in refers_in(entry))


def _only(tree: Branch, bases: set[str], *, late: bool) -> Branch:
    kept = {name: one for name, one in tree.entries.items() if (choice_base(tree.type, name) in bases) == late}
    return replace(tree, entries=kept)


def refers_in(entry: Leaf | Branch) -> Iterator[Refers]:
    """Every reference to what a rule of the message makes."""
    leaves = leaves_referring(entry) if isinstance(entry, Branch) else (entry,)
    yield from (one.refers for leaf in leaves for one in leaf.alternatives if one.refers)


def leaves_referring(tree: Branch) -> tuple[Leaf, ...]:
    """The leaves of a tree that refer to what a rule of the message makes."""
    found: tuple[Leaf, ...] | None = tree.worked_out.get("referring")
    if found is None:
        inner = (leaves_referring(one) if isinstance(one, Branch) else _referring(one) for one in tree.children())
        found = tree.worked_out["referring"] = tuple(chain.from_iterable(inner))
    return found


def _referring(leaf: Leaf) -> tuple[Leaf, ...]:
    return (leaf,) if any(one.refers for one in leaf.alternatives) else ()


def datatypes_of(trees: Iterable[Branch], sources: Sources) -> tuple[Mapping, ...]:
    """Every datatype mapping that trees use, those inside of others included, each once."""
    return _used(trees, sources)[0]


def resources_of(trees: Iterable[Branch], sources: Sources) -> tuple[Mapping, ...]:
    """Those of them that make resources."""
    return _used(trees, sources)[1]


def _used(trees: Iterable[Branch], sources: Sources) -> tuple[tuple[Mapping, ...], tuple[Mapping, ...]]:
    types = _types_in(trees)
    known: tuple[tuple[Mapping, ...], tuple[Mapping, ...]] | None = sources.worked_out.get(types)
    if known is None:
        found = tuple(_with_inner(types, sources))
        known = sources.worked_out[types] = (found, tuple(one for one in found if is_resource(one.type)))
    return known


def _with_inner(types: frozenset[str], sources: Sources) -> Iterator[Mapping]:
    seen: set[str] = set()
    waiting = [types]
    while waiting:
        for name in waiting.pop() - seen:
            seen.add(name)
            if name in sources.datatypes:
                mapping = sources.datatypes[name]
                yield mapping
                waiting.append(_used_by(mapping))


def _types_in(trees: Iterable[Branch]) -> frozenset[str]:
    return frozenset().union(*map(_types_of, trees))


def _types_of(tree: Branch) -> frozenset[str]:
    found: frozenset[str] | None = tree.worked_out.get("types")
    if found is None:
        inner = (_types_of(one) if isinstance(one, Branch) else _types(one) for one in tree.children())
        found = tree.worked_out["types"] = frozenset().union(*inner)
    return found


def _used_by(mapping: Mapping) -> frozenset[str]:
    used: frozenset[str] | None = mapping.worked_out.get("used")
    if used is None:
        used = mapping.worked_out["used"] = _types_in(value_trees(mapping))
    return used


def types_made(messages: Iterable[MessageMapping], sources: Sources) -> set[str]:
    """The types of resource that messages may make, by their rules and from their fields."""
    rules = [rule for message in messages for group in message.body.walk() for rule in group.resources]
    found = [trees_of(rule, sources) for rule in rules if _is_whole(rule, sources)]
    inner = resources_of((tree for once, parts in found for tree in (once, *(part.tree for part in parts))), sources)
    return {rule.type for rule in rules} | {mapping.type for mapping in inner}


def _is_whole(rule: ResourceRule, sources: Sources) -> bool:
    """Whether all that a rule uses is there, as it is where nothing is at fault."""
    return is_resource(rule.type) and {rule.mapping, *(one.mapping for one in rule.also)} <= sources.segments.keys()


def _types(leaf: Leaf) -> frozenset[str]:
    sources = (one.source for one in leaf.alternatives if one.source)
    return frozenset(term.type for source in sources for term in source.terms if term.type)


def value_trees(mapping: Mapping) -> list[Branch]:
    """The tree of a datatype mapping, and that of the reference to the resource it makes."""
    trees: list[Branch] | None = mapping.worked_out.get("trees")
    if trees is None:
        tree = grow(mapping.type, mapping.rules, mapping.mark)[0]
        shown = [grow("Reference", mapping.display, mapping.mark)[0]] if mapping.display else []
        trees = mapping.worked_out["trees"] = [tree, *shown]
    return trees


def terms_of(tree: Branch) -> Iterator[Term]:
    """Every path that a tree reads, with the type it is read as; conditions read texts."""
    yield from (Term(path) for path in (*condition_paths(tree.when), *([tree.each] if tree.each else [])))
    for entry in tree.children():
        if isinstance(entry, Branch):
            yield from terms_of(entry)
            continue
        for one in entry.alternatives:
            yield from (Term(path) for path in condition_paths(one.when))
            for term in one.source.terms if one.source else ():
                yield from (Term(path) for path in term.paths) if term.pieces else (term,)


def segments_of(trees: Iterable[Branch]) -> frozenset[str]:
    """The segments that trees read, in values and conditions."""
    return frozenset().union(*map(_segments_of, trees))


def _segments_of(tree: Branch) -> frozenset[str]:
    found: frozenset[str] | None = tree.worked_out.get("segments")
    if found is None:
        own = {path.segment for path in (*condition_paths(tree.when), *([tree.each] if tree.each else []))}
        inner = (_segments_of(one) if isinstance(one, Branch) else _segments(one) for one in tree.children())
        found = tree.worked_out["segments"] = frozenset(own).union(*inner)
    return found


def _segments(leaf: Leaf) -> Iterator[str]:
    for one in leaf.alternatives:
        yield from (path.segment for path in condition_paths(one.when))
        yield from (path.segment for term in one.source.terms for path in term.paths) if one.source else ()


def read_beside(rule: ResourceRule, identity: Iterable[Identity], trees: tuple[Branch, tuple[Part, ...]]) -> set[str]:
    """The segments each of which adds something, and one of which is read elsewhere: there is no telling which."""
    once, parts = trees
    paths = [path for named in identity for name in named.names for path in name.paths]
    for condition in (rule.when, *(undone.when for undone in rule.undoes)):
        paths += condition_paths(condition)
    own = {path.segment for path in paths}
    each = {also.segment for also in rule.also if also.many}
    return {
        one for one in each if one in own | segments_of((once, *(part.tree for part in parts if part.segment != one)))
    }


def conditions_of(rule: ResourceRule) -> list[Condition]:
    """The conditions of a rule itself: for the resource, for further segments, for what an event takes back."""
    found = [rule.when, *(one.when for one in rule.also), *(one.when for one in rule.undoes)]
    return [one for one in found if one]


def condition_paths(condition: Condition | None) -> Iterator[FieldPath]:
    """Every path of a message that a condition looks at."""
    return (path for path in paths_of(condition) if isinstance(path, FieldPath)) if condition else iter(())


def least_field(condition: Condition, segment: str) -> int:
    """The field up to which a segment must reach for a condition to hold, 0 where it need not."""
    if isinstance(condition, All):
        return max(least_field(one, segment) for one in condition.parts)
    if isinstance(condition, Any):
        return min(least_field(one, segment) for one in condition.parts)
    if isinstance(condition, Not) or not isinstance(condition.path, FieldPath) or condition.path.segment != segment:
        return 0
    if isinstance(condition, Equals | Compares) and condition.measure != "value":
        return 0
    return condition.path.field
