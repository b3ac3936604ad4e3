"""What invented messages of the city's kinds of senders become: each fact that `expected.json` tells."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any, NamedTuple

import pytest

from engine.alerts.course import Course
from engine.alerts.event import Persons, read_event
from engine.alerts.load import load_rules
from engine.bus.record import Position
from engine.canonical.envelope import encode
from engine.canonical.resource import Body, Resource
from engine.facilities.registry import read_registry
from engine.hl7.header import read_header
from engine.listeners.intake import Intake
from engine.routes.load import load_routes
from engine.transforms.load import load_mappings
from engine.transforms.mapping_set import MappingSet
from engine.transforms.transform import transform
from tests.transforms.folders import SHIPPED, shipped

HERE = Path(__file__).parent
EXPECTED: dict[str, dict[str, Any]] = json.loads((HERE / "expected.json").read_text("utf-8"))
SID = "http://fhir.ehealth.gov.vn/core/sid/"
REGISTRY = read_registry(HERE / "facilities/registry.yaml")
ROUTES = load_routes(SHIPPED / "routes")
RULES = load_rules(SHIPPED / "alerts")
RECEIVED_US = 1_760_000_000_000_000
TEN_DAYS_US = 10 * 86_400_000_000


class Made(NamedTuple):
    """What a message became."""

    facility: str
    bodies: list[Body]
    resources: list[Resource]

    def of(self, kind: str) -> list[Body]:
        return [body for body in self.bodies if body["resourceType"] == kind]

    @property
    def patient(self) -> Body:
        """The patient whom the message is about: none that was merged into another."""
        return next(body for body in self.of("Patient") if body.get("active") is not False)

    def number(self, system: str) -> Any:
        return next((one["value"] for one in self.patient["identifier"] if one.get("system") == system), None)


@pytest.fixture(scope="session")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> MappingSet:
    """The shipped set with overlays of the senders of these messages, which extend shipped ones."""
    folder = tmp_path_factory.mktemp("vietnam") / "mappings"
    copytree(SHIPPED, folder)
    copytree(HERE / "facilities", folder / "facilities", dirs_exist_ok=True)
    return load_mappings(folder, ())


@cache
def made(name: str, mappings: MappingSet) -> Made:
    payload = (HERE / f"messages/{name}.hl7").read_bytes()
    raw = Intake(REGISTRY, bytes(32), "mllp").raw(payload, read_header(payload), RECEIVED_US)
    done = transform(raw, Position("hl7.raw", 0, 0), REGISTRY.by_code(raw.facility), mappings, 1)
    assert done.refusal is None
    return Made(raw.facility, [one.body for one in done.resources], list(done.resources))


def ward(address: Body) -> list[str]:
    coding, match = address["_city"]["extension"]
    return [coding["valueCoding"]["code"], match["valueCode"]]


def codings(bodies: list[Body]) -> Iterator[Body]:
    return (coding for body in bodies for coding in body["code"]["coding"])


def quantity(made: Made) -> list[Any]:
    """The critical result: its LOINC, its number, its unit."""
    body = next(one for one in made.of("Observation") if "2823-3" in json.dumps(one["code"]))
    return ["2823-3", body["valueQuantity"]["value"], body["valueQuantity"]["unit"]]


def rules(made: Made) -> list[str]:
    """The rules that tell of what the message says, of what routes send to them, within ten days."""
    course, persons = Course(RULES), Persons()
    for resource in made.resources:
        for topic in ROUTES.matching(resource.body):
            course.take(persons.complete(read_event(encode(resource, topic))), topic, RECEIVED_US)
    course.pass_time(RECEIVED_US + TEN_DAYS_US)
    return sorted({one.alert.rule for one in course.standing.values()})


def merged(made: Made) -> str:
    """The number of the patient whom the survivor replaces."""
    (link,) = (one for one in made.patient["link"] if one["type"] == "replaces")
    kind, _, identity = link["other"]["reference"].partition("/")
    other = next(body for body in made.of(kind) if body["id"] == identity)
    return str(other["identifier"][0]["value"])


def document(made: Made) -> list[str]:
    """The number of the document, and what kind of file is embedded and how it begins."""
    (body,) = made.of("DocumentReference")
    file = body["content"][-1]["attachment"]
    return [body["masterIdentifier"]["value"], file["contentType"], b64decode(file["data"]).decode()[:8]]


READ: dict[str, Callable[[Made], Any]] = {
    "name": lambda made: made.patient["name"][0]["text"],
    "family": lambda made: made.patient["name"][0]["family"],
    "given": lambda made: made.patient["name"][0]["given"],
    "birth": lambda made: made.patient["birthDate"],
    "gender": lambda made: made.patient["gender"],
    "cccd": lambda made: made.number(f"{SID}national_id"),
    "bhyt": lambda made: made.number(f"{SID}insurance_number"),
    "bhxh": lambda made: made.number("urn:vn:social-insurance"),
    "facility": lambda made: made.facility,
    "ward": lambda made: ward(made.patient["address"][0]),
    "icd": lambda made: [one["code"] for one in codings(made.of("Condition")) if one["system"].endswith("icd-10")],
    "cover": lambda made: next(
        [one["period"]["start"], one["period"]["end"]] for one in made.of("Coverage") if "period" in one
    ),
    "survivor": lambda made: made.patient["identifier"][0]["value"],
    "merged": merged,
    "orders": lambda made: [one["identifier"][0]["value"] for one in made.of("ServiceRequest")],
    "quantity": quantity,
    "document": document,
    "cvx": lambda made: made.of("Immunization")[0]["vaccineCode"]["coding"][0]["code"],
    "rules": rules,
}


@pytest.mark.parametrize(("name", "fact"), [(name, fact) for name, facts in EXPECTED.items() for fact in facts])
def test_message_becomes_what_is_expected(name: str, fact: str, mappings: MappingSet) -> None:
    assert READ[fact](made(name, mappings)) == EXPECTED[name][fact]


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_is_alerted_that_is_not_expected(name: str, mappings: MappingSet) -> None:
    assert READ["rules"](made(name, mappings)) == EXPECTED[name].get("rules", [])


@pytest.mark.parametrize("name", EXPECTED)
def test_numbers_and_places_are_known_without_an_overlay_too(name: str) -> None:
    one, facts = made(name, shipped()), {"cccd", "bhyt", "bhxh", "ward"} & EXPECTED[name].keys()
    assert {fact: READ[fact](one) for fact in facts} == {fact: EXPECTED[name][fact] for fact in facts}
