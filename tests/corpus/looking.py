"""A folder of messages looked through: what each becomes, whether that is valid, and what no line reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.canonical.dead import Reason
from engine.canonical.receipt import Outcome
from engine.canonical.resource import Body
from engine.commands.corpus import Arrival, read_files
from engine.commands.sightings import Sightings
from engine.facilities.facility import Registry
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import Transformed, transform
from tests.transforms.validity import faults_of


@dataclass
class Found:
    """What became of the messages of a folder."""

    sightings: Sightings
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    letters: dict[str, Reason] = field(default_factory=dict)
    """By message: why it is a dead letter."""
    resources: Counter[str] = field(default_factory=Counter)
    """By type."""
    faults: list[str] = field(default_factory=list)
    """Whatever is wrong with a resource, after the name of its message."""
    raised: list[str] = field(default_factory=list)
    """Messages on which something raised."""
    types: set[str] = field(default_factory=set)


def look_through(folder: Path, mappings: MappingSet, registry: Registry) -> Found:
    """Transform every message of the folder; those that a mapping took are looked through for what it does not read."""
    found = Found(Sightings(mappings, registry, bytes(32)))
    for arrival in read_files([folder], registry, None):
        found.types.add(arrival.raw.message_type)
        name = arrival.where.removeprefix(f"{folder}/")
        try:
            facility = registry.by_code(arrival.raw.facility)
            done = transform(arrival.raw, arrival.position, facility, mappings, 1)
            _note(found, name, arrival, done)
        except Exception:  # what is looked for
            found.raised.append(name)
    return found


def _note(found: Found, name: str, arrival: Arrival, done: Transformed) -> None:
    found.outcomes[done.receipt.outcome] += 1
    if done.refusal:
        found.letters[name] = done.refusal.reason
        if done.refusal.reason is Reason.MAPPING:
            found.raised.append(name)
        return
    bodies = [resource.body for resource in done.resources]
    found.resources.update(body["resourceType"] for body in bodies)
    wrong = [f"{body['resourceType']} {fault}" for body in bodies for fault in faults_of(body)]
    found.faults += [f"{name}: {fault}" for fault in (*wrong, *_dangling(bodies))]
    if done.receipt.outcome is Outcome.MAPPED:
        found.sightings.add(arrival)


def _dangling(bodies: list[Body]) -> Iterator[str]:
    """References to what the message did not make."""
    made = {f"{body['resourceType']}/{body['id']}" for body in bodies}
    for body in bodies:
        for reference in _references(body):
            if reference not in made:
                yield f"{body['resourceType']} refers to a {reference.partition('/')[0]} that is not there"


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        found = value.get("reference")
        if isinstance(found, str):
            yield found
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _references(one)
