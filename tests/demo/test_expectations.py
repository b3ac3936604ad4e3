"""What the sample feed expects of itself is what listener and mappings make of it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from demo.feed import make_feed
from demo.message import Fate, FeedMessage
from engine.bus.record import Position
from engine.canonical.receipt import Outcome
from engine.config import MllpSettings, Settings
from engine.facilities.facility import Registry
from engine.facilities.registry import read_registry
from engine.hl7.delimiters import HeaderFault
from engine.hl7.framing import Frame
from engine.hl7.header import Header, read_header
from engine.hl7.message import parse
from engine.listeners.answer import Answer, Answering
from engine.listeners.intake import Intake
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import Transformed, transform

FEED = make_feed(count=600)
RECEIVED = 1_760_000_000_000_000
SETTINGS = Settings()


@cache
def registry() -> Registry:
    return read_registry(SETTINGS.registry_file())


@cache
def mappings() -> MappingSet:
    return load_mappings(SETTINGS.mappings)


def answer(message: FeedMessage) -> Answer:
    header: Header | HeaderFault
    try:
        header = read_header(message.payload)
    except HeaderFault as fault:
        header = fault
    return Answering(MllpSettings(processing_ids=("P",))).answer(Frame(message.payload), header)


def outcome(message: FeedMessage) -> Transformed:
    raw = Intake(registry(), bytes(32), "mllp").raw(message.payload, read_header(message.payload), RECEIVED)
    assert raw.facility == message.facility
    return transform(raw, Position("hl7.raw", 0, 0), registry().by_code(raw.facility), mappings(), 1)


def resources(message: FeedMessage, kind: str) -> list[dict[str, Any]]:
    return [resource.body for resource in outcome(message).resources if resource.type == kind]


def find(mark: bytes) -> FeedMessage:
    return next(message for message in FEED if mark in message.payload and not message.is_fault)


def test_every_message_gets_the_answer_it_expects() -> None:
    assert [message for message in FEED if (answer(message).code or "") != message.expected_answer] == []


def test_every_refused_message_is_a_dead_letter_with_the_reason_it_expects() -> None:
    refused = [message for message in FEED if message.expected_fate is Fate.REFUSED]
    reasons = [(refusal.reason if (refusal := answer(message).refusal) else "") for message in refused]
    assert reasons == [message.expected_reason for message in refused]


def test_every_accepted_message_becomes_what_it_expects() -> None:
    accepted = [message for message in FEED if message.expected_fate is not Fate.REFUSED]
    for message in accepted:
        found = outcome(message)
        assert found.receipt.reason == message.expected_reason, found.refusal
        assert (found.receipt.outcome is Outcome.DEAD) == (message.expected_fate is Fate.DEAD)


@pytest.mark.parametrize(
    ("mark", "unit"), [(b"K^Kali^9979901^2823-3^^LN||7.1|", "mmol/L"), (b"|ST|K||6,9|mmol/L|", "mmol/L")]
)
def test_critical_potassium_is_a_critical_quantity_in_loinc_however_it_is_written(mark: bytes, unit: str) -> None:
    observations = resources(find(mark), "Observation")
    codes = [[coding.get("code") for coding in observation["code"]["coding"]] for observation in observations]
    potassium = observations[next(place for place, found in enumerate(codes) if "2823-3" in found)]
    assert potassium["valueQuantity"]["value"] > 6.5
    assert potassium["valueQuantity"]["unit"] == unit
    assert potassium["interpretation"][0]["coding"][0]["code"] == "HH"
    assert potassium["status"] == "final"


def test_names_in_tcvn3_arrive_as_vietnamese() -> None:
    children = [message for message in FEED if message.facility == "79905" and not message.is_fault]
    names = [resources(message, "Patient")[0]["name"][0]["text"] for message in children]
    assert len(names) > 50
    assert all(name.partition(" ")[0].isalpha() for name in names)
    assert any(name.startswith(("Nguyễn", "Trần", "Phạm", "Đỗ")) for name in names)


def test_names_stand_in_the_order_of_speaking_however_they_are_split() -> None:
    person = find(b"K^Kali^9979901^2823-3^^LN||7.1|")
    family, given, middle = parse(person.payload.decode()).of("PID")[0].field(5).split("^")
    assert resources(person, "Patient")[0]["name"][0]["text"] == f"{family} {middle} {given}"


def test_sex_written_as_one_and_two_is_understood() -> None:
    centre = [message for message in FEED if message.facility == "79902" and message.expected_fate is Fate.LOADED]
    assert {resources(message, "Patient")[0]["gender"] for message in centre} == {"male", "female"}
