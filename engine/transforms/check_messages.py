"""Checking message mappings: their segments, references and identities."""

from __future__ import annotations

from collections.abc import Sequence

from engine.canonical import r4
from engine.language.fault import nearest
from engine.language.gather import Gather
from engine.transforms.check_paths import is_segment
from engine.transforms.check_rules import RuleChecker
from engine.transforms.mapping import (
    Alternative,
    Group,
    Identity,
    MessageMapping,
    Reference,
    ResourceRule,
    Rule,
    Sources,
)
from engine.transforms.naming import WORDS
from engine.transforms.tree import grow

Scopes = tuple[Group, ...]
"""The groups around a resource, innermost first."""


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
        names = [f"{rule.segment}.{rule.type}", *(f"{also.segment}.{rule.type}" for also in rule.also)]
        self._twice(rule, where)
        missing = [name for name in names if name not in self._sources.segments]
        for name in missing:
            hint = nearest(name, self._sources.segments) or f"write segments/{name}.yaml"
            self._gather.add(rule.mark, "M322", where, f"there is no segment mapping {name!r}", hint)
        self._rules.rules(rule.type, rule.rules, rule.mark, where)
        self._rules.condition(rule.when, rule.mark, where)
        for reference in rule.references:
            self._reference(reference, rule, scopes, where)
        if not missing:
            self._identity(rule, scopes, where)
            self._required(rule, names, where)
            self._repeating(rule, where)

    def _twice(self, rule: ResourceRule, where: str) -> None:
        """A segment fills a resource in one way."""
        taken = {rule.segment}
        for also in rule.also:
            if also.segment in taken:
                what = f"{also.segment} fills the resource already"
                self._gather.add(also.mark, "M343", where, what, "name each segment once")
            taken.add(also.segment)

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
        elif "Resource" not in element.targets and element.targets and target.type not in element.targets:
            what = f"{reference.element!r} refers to no {target.type}"
            self._gather.add(reference.mark, "M325", where, what, f"it may refer to {', '.join(element.targets)}")
        elif reference.many and not element.is_list:
            self._gather.add(reference.mark, "M304", where, f"{reference.element!r} does not repeat", "leave [*] out")

    def _identity(self, rule: ResourceRule, scopes: Scopes, where: str) -> None:
        identity = rule.identity or self._sources.segments[f"{rule.segment}.{rule.type}"].identity
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

    def _ancestors(self, rule: ResourceRule, scopes: Scopes) -> set[str]:
        found: set[str] = set()
        waiting = [rule]
        while waiting:
            one = waiting.pop()
            if one.key in found:
                continue
            found.add(one.key)
            mapping = self._sources.segments.get(f"{one.segment}.{one.type}")
            identity = one.identity or (mapping.identity if mapping else ())
            words = {name.word for each in identity for name in each.names if name.word}
            waiting += [parent for word in words if (parent := find_resource(word, scopes, downward=False))]
        return found

    def _required(self, rule: ResourceRule, names: list[str], where: str) -> None:
        """What FHIR requires is always there, whatever a message leaves out; a reference is where its target is."""
        changed = {one.steps[0].name for one in rule.rules}
        main = [one for one in self._sources.segments[names[0]].rules if one.steps[0].name not in changed]
        own = [*main, *(one for name in names[1:] for one in self._sources.segments[name].rules)]
        filled: dict[str, list[Rule]] = {}
        for one in (*own, *rule.rules):
            filled.setdefault(r4.choice_base(rule.type, one.steps[0].name), []).append(one)
        given = {base: is_sure(rules) for base, rules in filled.items()} | {
            one.element: True for one in rule.references
        }
        required = {one.base for one in r4.elements(rule.type).values() if one.is_required}
        for base in sorted(base for base in required if not given.get(base)):
            what = (
                f"{base!r}, which every {rule.type} has, may be left out"
                if base in given
                else f"nothing fills {base!r}"
            )
            self._gather.add(rule.mark, "M329", where, what, "end it with an else")

    def _repeating(self, rule: ResourceRule, where: str) -> None:
        for also in (one for one in rule.also if one.many):
            mapping = self._sources.segments[f"{also.segment}.{rule.type}"]
            tree, _ = grow(rule.type, mapping.rules, mapping.mark)
            for entry in tree.children():
                if entry.element and not entry.element.is_list:
                    what = f"{also.segment} repeats and {entry.element.name!r} does not"
                    self._gather.add(also.mark, "M304", where, what, f"write {also.segment} without [*]")


def find_resource(key: str, scopes: Scopes, *, downward: bool) -> ResourceRule | None:
    """The resource of that key in the innermost group, in those around it, and where asked in those inside it."""
    inside = list(scopes[0].walk()) if downward else []
    for group in [*scopes, *inside]:
        for resource in group.resources:
            if resource.key == key:
                return resource
    return None


def is_sure(rules: Sequence[Rule]) -> bool:
    """Whether an element that these rules fill is there whatever a message holds.

    Constants inside it stand only beside something that is sent, unless there are no others.
    """
    ways = [(rule, one) for rule in rules for one in rule.alternatives if always_gives(one)]
    constant = all(rule.alternatives and not any(one.source for one in rule.alternatives) for rule in rules)
    return any(constant or one.source or len(rule.steps) == 1 for rule, one in ways)


def always_gives(one: Alternative) -> bool:
    """Whether an alternative fills its element whatever a message holds."""
    if one.when is not None or one.rules:
        return False
    return one.source is None or one.source.default is not None
