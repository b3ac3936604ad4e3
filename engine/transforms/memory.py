"""Remembering what datatype mappings made of values that many messages share: codes, wards, practitioners."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from typing import Any

from engine.canonical.r4 import is_resource
from engine.canonical.resource import Body
from engine.language.term import Source
from engine.transforms.codes import Miss
from engine.transforms.fields import Scene
from engine.transforms.mapping import Mapping, Sources, Table
from engine.transforms.trees import datatypes_of, refers_in, value_trees

SHARED_TYPES = frozenset({"CodeableConcept", "Coding", "Reference", "Encounter.participant", "Encounter.location"})
PLAIN_TYPES = frozenset({None, "string", "text", "code", "uri", "oid", "uuid", "icd10"})
"""Types that read the same whatever the facility's time zone is."""

MOST = 4096
"""Values remembered of one mapping."""

NOTHING = 1 << 30
"""More codes than any message holds."""


def is_shared(mapping: Mapping) -> bool:
    """Whether a datatype mapping's values come again, and depend on nothing but their text."""
    if mapping.type not in SHARED_TYPES or any(one.rules for rule in mapping.rules for one in rule.alternatives):
        return False
    return all(term.type in PLAIN_TYPES for source in _sources(mapping) for term in source.terms)


def may_miss(mapping: Mapping, table: str | None, tables: ReadOnly[str, Table]) -> bool:
    """Whether codes are noted that a table does not hold, one inside of a shared mapping or the one that follows."""
    asked = [table, *(source.table for source in _sources(mapping))]
    return any(not tables[one].partial for one in asked if one)


def _sources(mapping: Mapping) -> list[Source]:
    alternatives = (one for rule in mapping.rules for one in rule.alternatives)
    return [one.source for one in alternatives if one.source]


def is_embedding_alone(mapping: Mapping, sources: Sources) -> bool:
    """Whether a datatype mapping makes resources, and what it makes depends on nothing but the text and the sender."""
    trees = value_trees(mapping)
    used = [mapping, *datatypes_of(trees, sources)]
    every = [tree for one in used for tree in value_trees(one)]
    return any(is_resource(one.type) for one in used) and not any(True for tree in every for _ in refers_in(tree))


def is_searching(mapping: Mapping, sources: Sources) -> bool:
    """Whether a datatype mapping looks for places, which takes long, and makes no resources."""
    used = [mapping, *datatypes_of(value_trees(mapping), sources)]
    tables = {source.table for one in used for source in _sources(one) if source.table}
    return any(sources.tables[one].match for one in tables) and not any(is_resource(one.type) for one in used)


def within_message(name: str, read: Callable[..., Any]) -> Callable[..., Any]:
    """The function of a datatype mapping with what it made before for the same message: nobody may change it."""

    def read_within(value: str, scene: Scene, where: str) -> Any:
        found = scene.made.get((name, value))
        if found is None:
            noted = len(scene.misses)
            made = read(value, scene, where)
            found = scene.made[name, value] = made, scene.misses[noted:]
        else:
            scene.misses += found[1]
        return found[0]

    return read_within


class Memory(dict[str, Body]):
    """What was made of values; `missed` is the same of those with codes that tables do not hold, and these codes."""

    def __init__(self) -> None:
        super().__init__()
        self.missed: dict[str, tuple[Body, list[Miss]]] = {}


def recall(seen: Memory, value: str, scene: Scene) -> Body | None:
    """What was made of a value with codes that tables do not hold, which are noted again; None for no such value."""
    found = seen.missed.get(value) if scene.is_standard else None
    if found is None:
        return None
    scene.misses += found[1]
    return found[0]


def keep(seen: Memory, value: str, made: Body | None, scene: Scene, noted: int = NOTHING) -> None:
    """Remember what was made of a value; nobody may change it from then on. Escapes are always read anew.

    `noted` codes had been noted before it was made.
    """
    if made is None or not scene.is_standard or scene.escape in value:
        return
    if len(seen) + len(seen.missed) >= MOST:
        seen.clear()
        seen.missed.clear()
    if len(scene.misses) > noted:
        seen.missed[value] = made, scene.misses[noted:]
    else:
        seen[value] = made
