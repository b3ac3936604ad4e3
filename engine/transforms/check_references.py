"""Checking what elements refer to: rules of the same message, and the types that FHIR lets them refer to."""

from __future__ import annotations

from collections.abc import Iterable

from engine.canonical.r4 import Element
from engine.language.fault import Mark, nearest
from engine.language.gather import Gather
from engine.transforms.mapping import Group, Refers, ResourceRule, Sources
from engine.transforms.tree import Branch
from engine.transforms.trees import leaves_referring, refers_in, resources_of, value_trees

Scopes = tuple[Group, ...]
"""The groups around a resource, innermost first."""


def find_resource(key: str, scopes: Scopes, *, downward: bool) -> ResourceRule | None:
    """The resource of that key in the innermost group, in those around it, and where asked in those inside it."""
    inside = list(scopes[0].walk()) if downward else []
    for group in [*scopes, *inside]:
        for resource in group.resources:
            if resource.key == key:
                return resource
    return None


def check_target(element: Element, kind: str, mark: Mark, where: str, gather: Gather) -> None:
    """Note a reference to a type that the element may not refer to."""
    if element.targets and "Resource" not in element.targets and kind not in element.targets:
        what = f"{element.name!r} refers to no {kind}"
        gather.add(mark, "M325", where, what, f"it may refer to {', '.join(element.targets)}")


def check_refers(refers: Refers, element: Element, keys: Iterable[str], where: str, gather: Gather) -> None:
    """Note a `refers` that no message can follow."""
    if element.type != "Reference":
        what = f"{element.name!r} holds a {element.type}, and refers to nothing"
        gather.add(refers.mark, "M323", where, what, "write from: with a field, or value:")
        return
    if refers.many and not element.is_list:
        gather.add(refers.mark, "M304", where, f"{element.name!r} does not repeat", "leave [*] out")
    if refers.key not in keys:
        hint = nearest(refers.key, keys) or "write the key of a resource of a message mapping, such as Condition"
        gather.add(refers.mark, "M324", where, f"no message has {refers.key!r}", hint)


def check_referred(
    trees: Iterable[Branch], top: Group, own: Iterable[Refers], sources: Sources, where: str, gather: Gather
) -> None:
    """Note references of a message's resource that the message cannot follow; `own` are those it says itself."""
    rules = {rule.key: rule for group in top.walk() for rule in group.resources}
    for one in own:
        if one.key not in rules:
            hint = nearest(one.key, rules) or "write the key of a resource of the message"
            gather.add(one.mark, "M324", where, f"the message has no {one.key!r}", hint)
    found = list(trees)
    inner = [tree for mapping in resources_of(found, sources) for tree in value_trees(mapping)]
    for leaf in (leaf for tree in (*found, *inner) for leaf in leaves_referring(tree)):
        for refers in refers_in(leaf):
            if refers.key in rules and leaf.element.type == "Reference":
                check_target(leaf.element, rules[refers.key].type, refers.mark, where, gather)
