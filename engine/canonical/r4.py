"""The elements of FHIR R4 4.0.1: what each holds, whether it is a list, what a choice belongs to (r4.json)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import orjson

TABLE = Path(__file__).with_name("r4.json")
SAME_SHAPE = frozenset({"string", "code", "id", "markdown", "uri", "url", "canonical", "oid", "uuid", "xhtml"})
"""Primitive types whose JSON is any text that the sender wrote."""

_CONTENT = re.compile(r"(?P<types>[^!*]+)(?P<required>!?)(?P<many>\*?)\Z")
_TYPE = re.compile(r"([A-Za-z0-9.]+)(?:\(([^)]*)\))?")


VALUE = "value"
"""The one element of a primitive type, which JSON writes as the value itself."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element as JSON spells it: of `value[x]` there is one for each type, and all have the base `value[x]`."""

    name: str
    type: str
    base: str
    is_list: bool
    is_required: bool
    targets: tuple[str, ...]
    """The resource types that a Reference may point to."""

    @property
    def is_choice(self) -> bool:
        return self.base.endswith("[x]")


def types() -> frozenset[str]:
    """Every resource, datatype, primitive type and nested element."""
    return frozenset(_table())


def is_type(name: str) -> bool:
    """Whether FHIR knows this resource, datatype, primitive type or nested element (`Patient.contact`)."""
    return name in _table()


def is_resource(name: str) -> bool:
    """Whether this is a resource type."""
    base = _table().get(name, {}).get("", "")
    return base in ("DomainResource", "Resource") and name != "DomainResource"


@cache
def resource_types() -> frozenset[str]:
    """Every resource type."""
    return frozenset(name for name in _table() if is_resource(name))


def is_primitive(name: str) -> bool:
    """Whether values of this type are one JSON text, number or boolean."""
    return _table().get(name, {}).get("") == "primitive"


def value_element(kind: str) -> Element:
    """What a value of a primitive type holds, as an element of it."""
    return Element(VALUE, kind, VALUE, False, True, ())


def elements(owner: str) -> Mapping[str, Element]:
    """The elements of a type by name, those of its bases included; none for a type that FHIR does not know."""
    return _elements(owner) if owner in _table() else _NOTHING


_NOTHING: Mapping[str, Element] = {}


@cache
def _elements(owner: str) -> Mapping[str, Element]:
    found: dict[str, Element] = {}
    own = _table().get(owner, {})
    if own.get("", "primitive") not in ("", "primitive"):
        found.update(elements(own[""]))
    for name, content in own.items():
        if name:
            found.update((element.name, element) for element in _read(name, content))
    return found


@lru_cache(1024)
def required(owner: str) -> frozenset[str]:
    """The elements that a type always has, a choice by its base."""
    return frozenset(one.base for one in elements(owner).values() if one.is_required)


def twin(element: Element) -> Element:
    """What JSON holds beside the value of a primitive element: its id and its extensions (`_birthDate`)."""
    name = f"_{element.name}"
    return Element(name, "Element", name, element.is_list, False, ())


def member(owner: str, name: str) -> Element | None:
    """The element that a member of a type's JSON holds, `_birthDate` included, or None when there is none."""
    known = elements(owner)
    beside = known.get(name.removeprefix("_")) if name.startswith("_") else None
    return twin(beside) if beside and is_primitive(beside.type) else known.get(name)


def find(path: str) -> Element | None:
    """The element at a path without indices (`Patient.contact.name.family`), or None when there is none."""
    owner, *names = path.split(".")
    element = None
    for name in names:
        element = elements(owner).get(name)
        if element is None:
            return None
        owner = element.type
    return element


def exists(path: str) -> bool:
    """Whether there is an element at this path."""
    return find(path) is not None


def is_list(path: str) -> bool:
    """Whether the element at this path repeats; an unknown one does not."""
    element = find(path)
    return element is not None and element.is_list


def choice_base(resource_type: str, element: str) -> str:
    """What an element shares with the other types of its choice (`value[x]` for valueQuantity), else its own name."""
    found = elements(resource_type).get(element)
    return found.base if found else element


def _read(name: str, content: str) -> list[Element]:
    match = _CONTENT.match(content)
    if match is None:
        return []
    types = [(kind, tuple(targets.split(",")) if targets else ()) for kind, targets in _TYPE.findall(match["types"])]
    many, required = bool(match["many"]), bool(match["required"])
    stem = name.removesuffix("[x]")
    if stem == name:
        return [Element(name, types[0][0], name, many, required, types[0][1])]
    return [Element(stem + kind[0].upper() + kind[1:], kind, name, many, required, targets) for kind, targets in types]


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    table: dict[str, dict[str, str]] = orjson.loads(TABLE.read_bytes())
    return {owner: content for owner, content in table.items() if owner != "#"}
