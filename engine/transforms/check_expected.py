"""What a test expects of a resource, against the elements that FHIR R4 has."""

from __future__ import annotations

from engine.canonical import r4
from engine.language.document import Node
from engine.language.fault import Mark, nearest
from engine.language.gather import Gather

OWN = frozenset({"resourceType"})
"""What the JSON of a resource holds beside its elements."""


def check_expected(node: Node | None, kind: str, where: str, gather: Gather) -> None:
    """Note what no value of a FHIR type can hold: elements that it lacks, lists where it has one value."""
    if node is None or node.value is None or not r4.is_type(kind):
        return
    if r4.is_primitive(kind):
        if isinstance(node.value, dict | list):
            gather.add(node.mark, "M357", where, f"a {kind} has no elements", "write the value alone")
        return
    if not isinstance(node.value, dict):
        gather.add(node.mark, "M357", where, f"a {kind} has elements", "write { element: value }")
        return
    for name, entry in node.items():
        element = r4.member(kind, name)
        if element is None and name not in OWN:
            _unknown(node.keys[name], name, kind, where, gather)
        elif element is not None:
            _check_entry(entry, element, where, gather)


def _check_entry(entry: Node, element: r4.Element, where: str, gather: Gather) -> None:
    if entry.value is None:
        return
    if isinstance(entry.value, list) != element.is_list:
        hint = f"write {element.name}: [ … ]" if element.is_list else "leave the brackets out"
        what = f"{element.name!r} is {'a list' if element.is_list else 'no list'}"
        gather.add(entry.mark, "M357", where, what, hint)
        return
    for one in gather.entries(entry):
        check_expected(one, element.type, where, gather)


def check_absent(node: Node | None, kind: str, where: str, gather: Gather) -> None:
    """Note elements that a FHIR type cannot have in any case."""
    for one in gather.entries(node):
        name = str(one.value)
        if r4.is_type(kind) and name not in r4.elements(kind):
            _unknown(one.mark, name, kind, where, gather)


def _unknown(mark: Mark, name: str, kind: str, where: str, gather: Gather) -> None:
    known = r4.elements(kind)
    hint = nearest(name, known) or f"it has {', '.join(sorted(known)[:12])}"
    gather.add(mark, "M356", where, f"{kind} has no element {name!r} to expect", hint)
