"""The shape of what a mapping builds: its rules put into one tree of elements, as FHIR nests and repeats them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.canonical.r4 import VALUE, Element, elements, is_primitive, twin, value_element
from engine.language.condition import Condition
from engine.language.fault import Mark
from engine.language.path import FieldPath
from engine.transforms.mapping import Alternative, Rule

NOTHING: tuple[Any, ...] = (None, "", [], {})
"""Constants that fill nothing."""


@dataclass(slots=True)
class Leaf:
    """An element that its alternatives fill."""

    element: Element
    mark: Mark
    alternatives: tuple[Alternative, ...]


@dataclass(slots=True)
class Branch:
    """An object: its elements in the order they were first named; an element has more entries where it repeats."""

    type: str
    mark: Mark
    element: Element | None = None
    when: Condition | None = None
    each: FieldPath | None = None
    """The field for each repetition of which there is one."""
    place: int = 1
    """Which entry it is of what stands beside a list of primitives."""
    entries: dict[str, dict[int, Leaf | Branch]] = field(default_factory=dict)
    worked_out: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was worked out of it, kept for who asks again; nobody changes a tree once it is grown."""

    def leaves(self) -> Iterator[Leaf]:
        """Every leaf below."""
        for entry in self.children():
            if isinstance(entry, Leaf):
                yield entry
            else:
                yield from entry.leaves()

    def children(self) -> Iterator[Leaf | Branch]:
        """The entries right below."""
        for entries in self.entries.values():
            yield from entries.values()

    def is_constant(self) -> bool:
        """Whether nothing below comes from a message, so that it stands only beside something that does."""
        return all(is_constant(leaf) for leaf in self.leaves())

    @property
    def is_beside(self) -> bool:
        """Whether it stands beside a primitive value (`_given`), entry for entry where there are several."""
        return self.element is not None and self.element.name.startswith("_")


class Misfit(Exception):
    """A rule that FHIR has no place for: a code, what is wrong, and the names among which the right one may be."""

    def __init__(self, rule: Rule, code: str, what: str, name: str = "", known: Iterable[str] = ()) -> None:
        super().__init__(what)
        self.rule = rule
        self.code = code
        self.what = what
        self.name = name
        self.known = tuple(known)


def is_constant(leaf: Leaf) -> bool:
    """Whether a leaf is filled with constants alone, whatever the message holds."""
    return all(one.source is None and one.when is None and one.refers is None for one in leaf.alternatives)


def is_fixed(entry: Leaf | Branch) -> bool:
    """Whether an entry is one value, whatever the message holds."""
    if isinstance(entry, Leaf):
        first = entry.alternatives[0] if entry.alternatives else None
        return first is not None and first.source is None and first.when is None and first.constant not in NOTHING
    bases = [one.element.base for one in entry.children() if one.element and one.element.is_choice]
    chosen = len(bases) == len(set(bases))
    return chosen and entry.when is None and bool(entry.entries) and all(is_fixed(one) for one in entry.children())


def fixed_value(entry: Leaf | Branch) -> Any:
    """The value of an entry that is fixed."""
    if isinstance(entry, Leaf):
        return entry.alternatives[0].constant
    return {name: _fixed_element(list(entries.values())) for name, entries in entry.entries.items()}


def _fixed_element(entries: Sequence[Leaf | Branch]) -> Any:
    element = entries[0].element
    values = [fixed_value(one) for one in entries]
    if element is None or not element.is_list:
        return values[0]
    return [inner for value in values for inner in (value if isinstance(value, list) else [value])]


def is_bare(entry: Leaf | Branch) -> bool:
    """Whether an entry is of constants alone."""
    return is_constant(entry) if isinstance(entry, Leaf) else entry.is_constant()


def needed(entry: Leaf | Branch) -> frozenset[FieldPath]:
    """Paths one of which must hold something for the entry to hold anything; none where it may do without."""
    if isinstance(entry, Branch):
        sourced = [
            one for one in entry.children() if not (is_constant(one) if isinstance(one, Leaf) else one.is_constant())
        ]
        found = [needed(one) for one in sourced]
        return frozenset().union(*found) if all(found) else frozenset()
    sources = [one.source for one in entry.alternatives]
    if any(one is None or one.default is not None for one in sources):
        return frozenset()
    return frozenset(term.path for one in sources if one for term in one.terms)


def grow(kind: str, rules: Iterable[Rule], mark: Mark) -> tuple[Branch, list[Misfit]]:
    """The tree of one mapping's rules for a FHIR type, and the rules that do not fit it."""
    root = Branch(kind, mark)
    misfits: list[Misfit] = []
    for rule in rules:
        try:
            _place(root, rule, misfits)
        except Misfit as misfit:
            misfits.append(misfit)
    return root, misfits


def _place(root: Branch, rule: Rule, misfits: list[Misfit]) -> None:
    branch = root
    for step in rule.steps[:-1]:
        element = _element(branch.type, step.name, rule)
        if is_primitive(branch.type):
            raise Misfit(rule, "M302", f"{element.name!r} is filled as a whole already")
        beside = twin(element) if is_primitive(element.type) else element
        branch = _descend(branch, beside, step.index or 1, rule)
    last = rule.steps[-1]
    element = _element(branch.type, last.name, rule)
    _check_index(element, last.index, rule)
    if (last.index or 1) in branch.entries.get(last.name, {}):
        raise Misfit(rule, "M302", f"{rule.key!r} is filled already")
    branch.entries.setdefault(last.name, {})[last.index or 1] = _entry(element, rule, misfits)


def _entry(element: Element, rule: Rule, misfits: list[Misfit]) -> Leaf | Branch:
    nested = [one for one in rule.alternatives if one.rules]
    if not nested:
        return Leaf(element, rule.mark, rule.alternatives)
    if len(rule.alternatives) > 1:
        raise Misfit(rule, "M303", "elements stand beside other alternatives")
    branch, inner = grow(element.type, nested[0].rules, rule.mark)
    misfits += inner
    branch.element, branch.when, branch.each = element, nested[0].when, nested[0].each
    return branch


def _descend(branch: Branch, element: Element, index: int, rule: Rule) -> Branch:
    _check_index(element, index if index > 1 else None, rule)
    entries = branch.entries.setdefault(element.name, {})
    found = entries.setdefault(index, Branch(element.type, rule.mark, element, place=index))
    if isinstance(found, Leaf):
        raise Misfit(rule, "M302", f"{element.name!r} is filled as a whole already")
    return found


def _element(kind: str, name: str, rule: Rule) -> Element:
    found = value_element(kind) if name == VALUE and is_primitive(kind) else elements(kind).get(name)
    if found is None:
        raise Misfit(rule, "M301", f"{kind} has no element {name!r}", name, elements(kind))
    return found


def _check_index(element: Element, index: int | None, rule: Rule) -> None:
    if index is not None and not element.is_list:
        raise Misfit(rule, "M304", f"{element.name!r} does not repeat")


def join(trees: Iterable[Branch], into: Collection[str] = ()) -> Branch:
    """One tree of several for one type: lists follow on each other, of other elements the first that gives counts.

    `into` names lists of which the first entries are one, with all in them.
    """
    first, *others = trees
    joined = replace(first, entries={name: dict(found) for name, found in first.entries.items()})
    for other in others:
        for name, entries in other.entries.items():
            ours = joined.entries.get(name, {})
            joined.entries[name] = _merge(ours, entries) if name in into else _join_entries(ours, entries)
    return joined


def _merge(ours: Mapping[int, Leaf | Branch], theirs: Mapping[int, Leaf | Branch]) -> dict[int, Leaf | Branch]:
    """The entries of one element, the first of both made one where both are objects."""
    mine, other = ours.get(1), theirs.get(1)
    if not isinstance(mine, Branch) or not isinstance(other, Branch) or mine.when or other.when:
        return _join_entries(ours, theirs)
    rest = {number: one for number, one in theirs.items() if number > 1}
    return _join_entries({**ours, 1: join((mine, other), other.entries)}, rest)


def _join_entries(ours: Mapping[int, Leaf | Branch], theirs: Mapping[int, Leaf | Branch]) -> dict[int, Leaf | Branch]:
    joined = dict(ours)
    for entry in theirs.values():
        element = entry.element
        if element is None or element.is_list or not joined:
            joined[max(joined, default=0) + 1] = entry
            continue
        joined[1] = _join_single(joined[1], entry)
    return joined


def _join_single(ours: Leaf | Branch, theirs: Leaf | Branch) -> Leaf | Branch:
    if isinstance(ours, Leaf) and isinstance(theirs, Leaf):
        return Leaf(ours.element, ours.mark, ours.alternatives + theirs.alternatives)
    if isinstance(ours, Branch) and isinstance(theirs, Branch) and ours.when is None and theirs.when is None:
        return join((ours, theirs))
    return ours


def overlay(rules: Iterable[Rule], changes: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules with others in their place: a changed element takes all that was said of it and below it with it."""
    changed = {rule.key: rule for rule in changes}
    kept = [rule for rule in rules if not any(_covers(key, rule.key) for key in changed)]
    return (*kept, *(rule for rule in changed.values() if rule.alternatives))


def _covers(key: str, other: str) -> bool:
    return other == key or other.startswith((f"{key}.", f"{key}["))
