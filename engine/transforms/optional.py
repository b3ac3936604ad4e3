"""Resources that are made only where the engine is asked for them, since they repeat what each event says already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from hashlib import sha256

from engine.canonical import r4
from engine.language.fault import Fault, Faults, Mark, nearest
from engine.transforms.mapping import Group, Mapping, ResourceRule, Sources

EVERY = "all"
"""Asks for the optional resources of every type."""


def check_asked(types: Collection[str]) -> None:
    """Raise Faults where FHIR has no resource of a type."""
    wrong = [one for one in types if one != EVERY and not r4.is_resource(one)]
    place = Mark("optional_resources")
    hints = (nearest(one, (*r4.resource_types(), EVERY)) or "write all, or types such as [Provenance]" for one in wrong)
    if wrong:
        told = zip(wrong, hints, strict=True)
        raise Faults([Fault(place, "C025", "", f"FHIR has no resource {one!r}", hint) for one, hint in told])


def asked_for(sources: Sources, types: Collection[str]) -> Sources:
    """The sources without the optional resources of other types, and without what refers to them."""
    if EVERY in types:
        return sources
    messages = (replace(one, body=_kept(one.body, types, _keys(one.body, types))) for one in sources.messages)
    datatypes = {name: _shown(one, types) for name, one in sources.datatypes.items()}
    return replace(sources, messages=tuple(messages), datatypes=datatypes)


def _shown(mapping: Mapping, types: Collection[str]) -> Mapping:
    """A datatype mapping whose resource nobody asked for makes a reference that holds the display alone."""
    if not mapping.optional or mapping.type in types:
        return mapping
    return replace(mapping, type="Reference", rules=mapping.display, identity=(), display=())


def version_asked(version: str, types: Collection[str]) -> str:
    """The version of a set of which these types are asked for: that of its files where there are none."""
    return sha256("\n".join((version, *sorted(types))).encode()).hexdigest()[: len(version)] if types else version


def _rules(body: Group) -> list[ResourceRule]:
    return [rule for group in body.walk() for rule in group.resources]


def _is_made(rule: ResourceRule, types: Collection[str]) -> bool:
    return not rule.optional or rule.type in types


def _keys(body: Group, types: Collection[str]) -> set[str]:
    return {rule.key for rule in _rules(body) if _is_made(rule, types)}


def _kept(group: Group, types: Collection[str], keys: set[str]) -> Group:
    resources = tuple(_known(rule, keys) for rule in group.resources if _is_made(rule, types))
    return replace(group, resources=resources, groups=tuple(_kept(inner, types, keys) for inner in group.groups))


def _known(rule: ResourceRule, keys: set[str]) -> ResourceRule:
    """The rule with the references to what is made; the same one where these are all, so that it has its trees."""
    kept = tuple(one for one in rule.references if one.key in keys)
    return rule if len(kept) == len(rule.references) else replace(rule, references=kept)
