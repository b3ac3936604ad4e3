"""FHIR types as views see them: which belong together, which JSON they have, and what an element's name leads to."""

from __future__ import annotations

from typing import NamedTuple

from engine.canonical import r4
from engine.canonical.r4 import Element
from engine.views.moments import TEMPORAL
from engine.views.step import Types

BOOLEAN = frozenset({"boolean"})
INTEGERS = frozenset({"integer", "integer64", "positiveInt", "unsignedInt"})
NUMBERS = INTEGERS | {"decimal"}
TEXTS = r4.SAME_SHAPE | {"base64Binary"}
PRIMITIVES = BOOLEAN | NUMBERS | TEXTS | TEMPORAL
PREFIX = "http://hl7.org/fhir/StructureDefinition/"

_KINDS = (("boolean", BOOLEAN), ("number", NUMBERS), ("text", TEXTS), ("date", TEMPORAL - {"time"}), ("time", {"time"}))
_OPEN = frozenset({"Resource", "DomainResource", "Element", "BackboneElement"})
"""Types whose values may be of many others."""


class Found(NamedTuple):
    """What the name of an element leads to: the members of JSON, their types, and whether it is a choice."""

    keys: tuple[str, ...]
    types: Types
    is_choice: bool = False
    spelled: str = ""
    """For a name as JSON spells it (`valueQuantity`): how a path spells it."""


def is_type(name: str) -> bool:
    """Whether FHIR knows the type; the one of R5 that R4 lacks included."""
    return r4.is_type(name) or name == "integer64"


def kind_of(types: Types) -> str | None:
    """What the types have in common - boolean, number, text, date, time, complex - or None where they have nothing."""
    kinds = {_kind(name) for name in types or ()}
    return kinds.pop() if len(kinds) == 1 else None


def is_open(types: Types) -> bool:
    """Whether nobody can tell which elements there are."""
    return types is None or bool(types & _OPEN)


def is_primitive(types: Types) -> bool:
    """Whether all the types are primitive ones."""
    return bool(types) and types is not None and types <= PRIMITIVES


def find(types: Types, name: str) -> Found | None:
    """What a name leads to from these types, or None where none of them has it."""
    if types is None:
        return None
    known = [element for owner in types for element in _known(owner, name)]
    if not known:
        return None
    keys = tuple(dict.fromkeys(element.name for element in known))
    found = frozenset(element.type for element in known)
    is_choice = any(element.is_choice for element in known)
    if is_choice and keys == (name,):
        base = known[0].base.removesuffix("[x]")
        return Found(keys, found, False, f"{base}.ofType({known[0].type})")
    return Found(keys, found, is_choice)


def names(types: Types) -> frozenset[str]:
    """The names that lead somewhere from these types."""
    return frozenset(one.base.removesuffix("[x]") for owner in types or () for one in r4.elements(owner).values())


def _known(owner: str, name: str) -> list[Element]:
    elements = r4.elements(owner)
    if name in elements:
        return [elements[name]]
    return [element for element in elements.values() if element.base == f"{name}[x]"]


def _kind(name: str) -> str:
    return next((kind for kind, members in _KINDS if name in members), "complex")
