"""A simulated city whose messages go through the shipped mappings, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Any

from engine.bus.record import Position
from engine.canonical.fold import Current, fold
from engine.canonical.raw import TOPIC
from engine.canonical.resource import Body
from engine.city.plan import Plan
from engine.city.registration import write_registration
from engine.city.senders import Sender, made_senders
from engine.city.sendings import Fate, Sending
from engine.city.simulation import Simulation
from engine.city.truth import Record
from engine.facilities.facility import Registry
from engine.facilities.registry import read_registry
from engine.hl7.delimiters import HeaderFault
from engine.hl7.header import Header, read_header
from engine.listeners.intake import Intake
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import Transformed, transform
from tests.transforms.folders import SHIPPED

SENDERS = made_senders(780, 79)[::26]
"""Thirty facilities of all kinds, and of all vendors."""
RECEIVED_US = 1_790_000_000_000_000


@dataclass
class Warehouse:
    """What messages came to: the current resources, and the refusal of each that is a dead letter."""

    current: dict[tuple[str, str], Current] = field(default_factory=dict)
    refused: list[tuple[Sending, str]] = field(default_factory=list)

    def of(self, kind: str) -> Iterator[tuple[str, Body]]:
        """Facility and body of each resource of that type."""
        return ((one.newest.facility, one.body) for one in self.current.values() if one.type == kind)


@dataclass(frozen=True)
class Reading:
    """Registry and mappings that know the senders."""

    registry: Registry
    mappings: MappingSet

    def transform(self, one: Sending, number: int) -> Transformed:
        """One message through its mapping."""
        raw = Intake(self.registry, bytes(32), "mllp").raw(one.payload, header_of(one.payload), RECEIVED_US)
        position = Position(TOPIC, 0, number)
        return transform(raw, position, self.registry.by_code(raw.facility), self.mappings, 1)

    def read(self, sendings: Iterable[Sending]) -> Warehouse:
        """All messages that a listener lets in, folded."""
        warehouse = Warehouse()
        for number, one in enumerate(one for one in sendings if one.fate is not Fate.REFUSED):
            done = self.transform(one, number)
            if done.refusal:
                warehouse.refused.append((one, done.refusal.reason))
            for resource in done.resources:
                key = resource.type, resource.id
                warehouse.current[key] = fold(warehouse.current.get(key), resource)
        return warehouse


def reading(folder: Path, senders: tuple[Sender, ...] = SENDERS) -> Reading:
    """Mappings and registry as the how-to tells to put them together."""
    copytree(SHIPPED, folder)
    write_registration(folder / "facilities", senders)
    return Reading(read_registry(folder / "facilities" / "registry.yaml"), load_mappings(folder, ()))


def simulate(plan: Plan) -> tuple[list[Sending], list[Record]]:
    """All messages of the plan, and the records of truth."""
    records: list[Record] = []
    return list(Simulation(plan, SENDERS, records.append).sendings()), records


def header_of(payload: bytes) -> Header | None:
    try:
        return read_header(payload)
    except HeaderFault:
        return None


def number_of(body: Body, *kinds: str) -> str:
    """The identifier of one of these types (table 0203)."""
    for one in body.get("identifier", ()):
        if {coding.get("code") for coding in one.get("type", {}).get("coding", ())} & set(kinds):
            return str(one["value"])
    return ""


def told(body: Body) -> dict[str, Any]:
    """Code and value, unit and status of an Observation, as the truth writes results."""
    quantity = body.get("valueQuantity", {})
    value = str(quantity["value"]) if quantity else body.get("valueString", "")
    return {body["code"]["coding"][0]["code"]: [value, quantity.get("unit", ""), body["status"]]}
