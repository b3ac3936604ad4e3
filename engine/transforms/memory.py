"""Remembering what datatype mappings made of values that many messages share: codes, wards, practitioners."""

from __future__ import annotations

from engine.canonical.resource import Body
from engine.transforms.fields import Scene
from engine.transforms.mapping import Mapping

SHARED_TYPES = frozenset({"CodeableConcept", "Coding", "Reference", "Encounter.participant", "Encounter.location"})
PLAIN_TYPES = frozenset({None, "string", "text", "code", "uri", "oid", "uuid"})
"""Types that read the same whatever the facility's time zone is."""

MOST = 4096
"""Values remembered of one mapping."""


def is_shared(mapping: Mapping) -> bool:
    """Whether a datatype mapping's values come again, and depend on nothing but their text."""
    alternatives = [one for rule in mapping.rules for one in rule.alternatives]
    terms = [term for one in alternatives if one.source for term in one.source.terms]
    nested = any(one.rules for one in alternatives)
    return mapping.type in SHARED_TYPES and not nested and all(term.type in PLAIN_TYPES for term in terms)


def keep(seen: dict[str, Body], value: str, made: Body | None, scene: Scene) -> None:
    """Remember what was made of a value; nobody may change it from then on. Escapes are always read anew."""
    if made is None or not scene.is_standard or scene.escape in value:
        return
    if len(seen) >= MOST:
        seen.clear()
    seen[value] = made
