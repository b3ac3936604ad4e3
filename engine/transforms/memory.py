"""Remembering what datatype mappings made of values that many messages share: codes, wards, practitioners."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly

from engine.canonical.r4 import is_resource
from engine.canonical.resource import Body
from engine.transforms.codes import Unmapped
from engine.transforms.fields import Scene
from engine.transforms.mapping import Mapping, Sources, Table
from engine.transforms.trees import datatypes_of, refers_in, value_trees

SHARED_TYPES = frozenset({"CodeableConcept", "Coding", "Reference", "Encounter.participant", "Encounter.location"})
PLAIN_TYPES = frozenset({None, "string", "text", "code", "uri", "oid", "uuid", "icd10"})
"""Types that read the same whatever the facility's time zone is."""

MOST = 4096
"""Values remembered of one mapping."""


def is_shared(mapping: Mapping, tables: ReadOnly[str, Table]) -> bool:
    """Whether a datatype mapping's values come again, and depend on nothing but their text.

    Where codes are noted that a table inside does not hold, each value is read.
    """
    alternatives = [one for rule in mapping.rules for one in rule.alternatives]
    terms = [term for one in alternatives if one.source for term in one.source.terms]
    noted = [one.source.table for one in alternatives if one.source and one.source.table]
    if any(one.rules for one in alternatives) or not all(tables[table].partial for table in noted):
        return False
    return mapping.type in SHARED_TYPES and all(term.type in PLAIN_TYPES for term in terms)


def is_embedding_alone(mapping: Mapping, sources: Sources) -> bool:
    """Whether a datatype mapping makes resources, and what it makes depends on nothing but the text and the sender."""
    trees = value_trees(mapping)
    used = [mapping, *datatypes_of(trees, sources)]
    every = [tree for one in used for tree in value_trees(one)]
    return any(is_resource(one.type) for one in used) and not any(True for tree in every for _ in refers_in(tree))


class Memory(dict[str, Body]):
    """What was made of values; `missed` are those whose codes a table does not hold, which is noted each time."""

    def __init__(self) -> None:
        super().__init__()
        self.missed: set[str] = set()


def keep(seen: Memory, value: str, made: Body | None, scene: Scene) -> None:
    """Remember what was made of a value; nobody may change it from then on. Escapes are always read anew."""
    if made is None or not scene.is_standard or scene.escape in value:
        return
    if len(seen) >= MOST:
        seen.clear()
        seen.missed.clear()
    seen[value] = made
    if isinstance(made, Unmapped):
        seen.missed.add(value)
