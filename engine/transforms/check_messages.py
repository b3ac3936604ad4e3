"""Checking message mappings: their segments, references and identities."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

from engine.canonical import r4
from engine.language.fault import nearest
from engine.language.gather import Gather
from engine.transforms.check_paths import is_segment
from engine.transforms.check_references import Scopes, check_referred, check_target, find_resource
from engine.transforms.check_required import missing_required
from engine.transforms.check_rules import RuleChecker
from engine.transforms.mapping import (
    Group,
    Identity,
    MessageMapping,
    Reference,
    Refers,
    ResourceRule,
    Rule,
    Sources,
)
from engine.transforms.naming import WORDS
from engine.transforms.tree import Branch, Leaf, grow
from engine.transforms.trees import Part, read_beside, resources_of, trees_of


class MessageChecker:
    """Checks message mappings against the mappings they put together."""

    def __init__(self, sources: Sources, rules: RuleChecker, gather: Gather) -> None:
        self._sources = sources
        self._rules = rules
        self._gather = gather

    def check(self, message: MessageMapping) -> None:
        """Note the faults of one message mapping."""
        if not message.events:
            self._gather.add(message.mark, "M320", message.name, "no event leads here", "write events: [A01]")
        for segment in message.needs:
            self._rules.segment(segment, message.needs_mark, message.name)
        self._keys(message)
        self._group(message.body, (), message.name)
        self._taken(message)

    def check_required(self, message: MessageMapping, mappings: Collection[str]) -> None:
        """Note what the resources of a message lack that are filled by any of these segment mappings."""
        self._lacking(message.body, (), message.name, mappings)

    def _lacking(self, group: Group, around: Scopes, where: str, mappings: Collection[str]) -> None:
        place = f"{where}.{group.name}" if group.name else where
        scopes = (group, *around)
        for rule in group.resources:
            used = {rule.mapping, *(also.mapping for also in rule.also)}
            if used & set(mappings) and used <= self._sources.segments.keys() and r4.is_resource(rule.type):
                self._required(rule, scopes, f"{place}.{rule.key}")
        for inner in group.groups:
            self._lacking(inner, scopes, place, mappings)

    def _group(self, group: Group, around: Scopes, where: str) -> None:
        place = f"{where}.{group.name}" if group.name else where
        for segment in group.begins:
            self._rules.segment(segment, group.mark, place)
        scopes = (group, *around)
        for resource in group.resources:
            self._resource(resource, scopes, f"{place}.{resource.key}")
        for inner in group.groups:
            self._group(inner, scopes, place)

    def _taken(self, message: MessageMapping) -> None:
        """A segment begins one group, and what is made of it is made there."""
        taken: dict[str, Group] = {}
        for group in message.body.walk():
            for segment in group.begins:
                first = taken.setdefault(segment, group)
                if first is not group:
                    what = f"{segment} begins the group {first.name} already, so this one never begins with it"
                    hint = "let the group begin with another segment"
                    self._gather.add(group.mark, "M342", f"{message.name}.{group.name}", what, hint)
        for group in message.body.walk():
            for rule in group.resources:
                begun = taken.get(rule.segment, group)
                if begun is not group:
                    what = f"{rule.segment} begins the group {begun.name}, so none is left here to make it from"
                    hint = f"put it into the group {begun.name}"
                    self._gather.add(rule.mark, "M342", f"{message.name}.{rule.key}", what, hint)

    def _keys(self, message: MessageMapping) -> None:
        """One key stands for one type, and once in a group."""
        types: dict[str, str] = {}
        for group in message.body.walk():
            keys = [resource.key for resource in group.resources]
            for resource in group.resources:
                if keys.count(resource.key) > 1 or types.setdefault(resource.key, resource.type) != resource.type:
                    what = f"{resource.key!r} stands for something else too"
                    self._gather.add(
                        resource.mark, "M321", message.name, what, "give one of them another key, and its type"
                    )

    def _resource(self, rule: ResourceRule, scopes: Scopes, where: str) -> None:
        if not r4.is_resource(rule.type):
            hint = nearest(rule.type, ("Patient", "Encounter", "Observation", "Condition")) or "write type: Observation"
            self._gather.add(rule.mark, "M305", where, f"{rule.type!r} is no FHIR resource", hint)
            return
        if not is_segment(rule.segment):
            return  # its reader noted that
        missing = self._mappings(rule, where)
        self._twice(rule, where)
        self._rules.rules(rule.type, rule.rules, rule.mark, where)
        self._rules.condition(rule.when, rule.mark, where)
        for also in rule.also:
            self._rules.condition(also.when, also.mark, where)
        self._undone(rule, where)
        for reference in rule.references:
            self._reference(reference, rule, scopes, where)
        if not missing:
            self._identity(rule, scopes, where)
            self._required(rule, scopes, where)
            self._repeating(rule, where)
            once, parts = trees_of(rule, self._sources)
            trees = (once, *(part.tree for part in parts))
            self._beside(rule, (once, parts), where)
            check_referred(trees, scopes[-1], _refers_of(rule.rules), self._sources, where, self._gather)

    def _mappings(self, rule: ResourceRule, where: str) -> bool:
        """Whether a segment mapping that the rule uses is missing, or makes another resource."""
        before = len(self._gather.faults)
        for name, mark in ((rule.mapping, rule.mark), *((also.mapping, also.mark) for also in rule.also)):
            mapping = self._sources.segments.get(name)
            if mapping is None:
                hint = nearest(name, self._sources.segments) or f"write segments/{name}.yaml"
                self._gather.add(mark, "M322", where, f"there is no segment mapping {name!r}", hint)
            elif mapping.type != rule.type:
                what = f"{name} fills a {mapping.type}, and not a {rule.type}"
                self._gather.add(mark, "M343", where, what, "name a mapping of the same resource, or write type:")
        for also in rule.also:
            if also.many and also.segment == rule.segment:
                what = f"{also.segment} makes the resource, and cannot follow itself"
                self._gather.add(also.mark, "M344", where, what, "make it from the segment before")
        return len(self._gather.faults) > before

    def _undone(self, rule: ResourceRule, where: str) -> None:
        known = {one.base.removesuffix("[x]") for one in r4.elements(rule.type).values()} | set(r4.elements(rule.type))
        for one in rule.undoes:
            self._rules.condition(one.when, one.mark, where)
            if one.element not in known:
                hint = nearest(one.element, known) or "write an element such as period"
                self._gather.add(one.mark, "M301", where, f"{rule.type} has no element {one.element!r}", hint)

    def _beside(self, rule: ResourceRule, trees: tuple[Branch, tuple[Part, ...]], where: str) -> None:
        """What each of some segments adds stands in their own mapping; elsewhere no one of them is meant."""
        identity = rule.identity or self._sources.segments[rule.mapping].identity
        for segment in sorted(read_beside(rule, identity, trees)):
            what = f"each {segment} fills the resource, and one of them is read elsewhere too"
            self._gather.add(rule.mark, "M349", where, what, f"read it in the mapping of {segment}")

    def _twice(self, rule: ResourceRule, where: str) -> None:
        """A segment mapping fills a resource once; under conditions it may be named again."""
        taken = {rule.mapping}
        for also in rule.also:
            if also.mapping in taken and also.when is None:
                what = f"{also.mapping} fills the resource already"
                self._gather.add(also.mark, "M348", where, what, "name each segment once")
            taken.add(also.mapping)

    def _reference(self, reference: Reference, rule: ResourceRule, scopes: Scopes, where: str) -> None:
        element = r4.elements(rule.type).get(reference.element)
        if element is None or element.type != "Reference":
            known = [name for name, one in r4.elements(rule.type).items() if one.type == "Reference"]
            hint = nearest(reference.element, known) or f"it refers by {', '.join(known)}"
            what = f"{rule.type} has no reference {reference.element!r}"
            self._gather.add(reference.mark, "M323", where, what, hint)
            return
        target = find_resource(reference.key, scopes, downward=reference.many)
        if target is None:
            known = [resource.key for scope in scopes for resource in scope.resources]
            hint = nearest(reference.key, known) or "write the key of a resource in the same group or around it"
            self._gather.add(reference.mark, "M324", where, f"the message has no {reference.key!r}", hint)
            return
        check_target(element, target.type, reference.mark, where, self._gather)
        if reference.many and not reference.first and not element.is_list:
            self._gather.add(reference.mark, "M304", where, f"{reference.element!r} does not repeat", "leave [*] out")
        if reference.first and element.is_list:
            self._gather.add(reference.mark, "M304", where, f"{reference.element!r} repeats", "write [*]")

    def _identity(self, rule: ResourceRule, scopes: Scopes, where: str) -> None:
        identity = rule.identity or self._sources.segments[rule.mapping].identity
        if not identity:
            hint = "write identity: with what the sender calls it"
            self._gather.add(rule.mark, "M326", where, "nothing names the resource", hint)
        for one in identity:
            if not one.names:
                self._gather.add(rule.mark, "M326", where, f"the identity {one.label!r} is empty", "name a field")
            for name in one.names:
                for path in name.paths:
                    self._rules.path(path, name.mark, where)
        self._words(identity, rule, scopes, where)

    def _words(self, identity: tuple[Identity, ...], rule: ResourceRule, scopes: Scopes, where: str) -> None:
        for one in (name for each in identity for name in each.names if name.word and name.word not in WORDS):
            parent = find_resource(one.word, scopes, downward=False)
            if parent is None:
                known = [*WORDS, *(resource.key for scope in scopes for resource in scope.resources)]
                hint = nearest(one.word, known) or f"write a field, or one of {', '.join(known)}"
                self._gather.add(one.mark, "M327", where, f"{one.word!r} names nothing", hint)
            elif rule.key in self._ancestors(parent, scopes):
                self._gather.add(
                    one.mark, "M328", where, f"{rule.key} and {one.word} are named by each other", "use a field"
                )
            elif parent.optional and not rule.optional:
                what = f"{rule.key} is named by {one.word}, which is optional"
                self._gather.add(one.mark, "M345", where, what, "use a field, or make this optional too")

    def _ancestors(self, rule: ResourceRule, scopes: Scopes) -> set[str]:
        found: set[str] = set()
        waiting = [rule]
        while waiting:
            one = waiting.pop()
            if one.key in found:
                continue
            found.add(one.key)
            mapping = self._sources.segments.get(one.mapping)
            identity = one.identity or (mapping.identity if mapping else ())
            words = {name.word for each in identity for name in each.names if name.word}
            waiting += [parent for word in words if (parent := find_resource(word, scopes, downward=False))]
        return found

    def _required(self, rule: ResourceRule, scopes: Scopes, where: str) -> None:
        """What FHIR requires is always there, whatever a message leaves out; a reference is where its target is."""

        def is_made(refers: Refers) -> bool:
            return find_resource(refers.key, scopes, downward=refers.many) is not None

        changed = {one.steps[0].name for one in rule.rules}
        main = (one for one in self._sources.segments[rule.mapping].rules if one.steps[0].name not in changed)
        further = (self._sources.segments[also.mapping].rules for also in rule.also if also.when is None)
        given = [one.element for one in rule.references]
        for what in missing_required(rule.type, chain(main, *further, rule.rules), given, is_made):
            self._gather.add(rule.mark, "M329", where, what, "end it with an else")
        once, parts = trees_of(rule, self._sources)
        for mapping in resources_of((once, *(part.tree for part in parts)), self._sources):
            for what in missing_required(mapping.type, mapping.rules, (), is_made):
                if not any(fault.what == what and fault.mark == mapping.mark for fault in self._gather.faults):
                    hint = "let it refer to a resource that the message has"
                    self._gather.add(rule.mark, "M329", f"{where}.{mapping.name}", what, hint)

    def _repeating(self, rule: ResourceRule, where: str) -> None:
        for also in (one for one in rule.also if one.many):
            mapping = self._sources.segments[also.mapping]
            tree, _ = grow(rule.type, mapping.rules, mapping.mark)
            for entry in tree.children():
                if entry.element and not entry.element.is_list and not _is_conditional(entry):
                    what = f"{also.segment} repeats and {entry.element.name!r} does not"
                    self._gather.add(also.mark, "M304", where, what, f"write {also.segment} without [*]")


def _refers_of(rules: tuple[Rule, ...]) -> Iterator[Refers]:
    for one in (one for rule in rules for one in rule.alternatives):
        yield from (one.refers,) if one.refers else _refers_of(one.rules)


def _is_conditional(entry: Leaf | Branch) -> bool:
    """Whether an element is filled by the one of several segments that a condition chooses."""
    return all(one.when for one in entry.alternatives) if isinstance(entry, Leaf) else bool(entry.when)
