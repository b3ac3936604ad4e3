"""Targets of the guide, and what stands at them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands.conformance.look import Output
from engine.commands.conformance.targets import Hop, NoTarget, Target, parse_target

DOCTOR = {"resourceType": "Practitioner", "id": "d", "name": [{"given": ["Anh"], "family": "Lê"}]}
VISIT = {
    "resourceType": "Encounter",
    "id": "v",
    "participant": [{"individual": {"reference": "Practitioner/d"}}, {"individual": {"display": "B"}}],
    "_status": {"extension": [{"url": "u", "valueCode": "c"}]},
}
OUTPUT = Output([DOCTOR, VISIT])


def at(target: str) -> list[Any]:
    return OUTPUT.at(parse_target(target))


def test_indices_name_an_entry_and_not_which() -> None:
    assert parse_target("Patient.name[1].given[2]") == Target("Patient", ("name", "given"))


def test_parentheses_are_a_hop() -> None:
    found = parse_target("Encounter.participant[1].individual(Practitioner.name.given)")
    assert found.steps == ("participant", "individual", Hop(("Practitioner",)), "name", "given")


def test_a_step_called_reference_is_the_reference_itself() -> None:
    assert parse_target("Location.[1].partOf.reference(Location[2])").steps == ("partOf", Hop(("Location",)))


def test_a_hop_may_lead_to_several_types() -> None:
    assert parse_target("Provenance.agent.who(Organization|Device)").steps[-1] == Hop(("Organization", "Device"))


def test_a_constant_stands_behind_the_place() -> None:
    assert parse_target('Encounter.status="finished"') == Target("Encounter", ("status",), "finished")


@pytest.mark.parametrize("text", ["Patient.name[1", "A.b(C.d", "Patient.local implementation"])
def test_what_names_no_place_is_told(text: str) -> None:
    with pytest.raises(NoTarget):
        parse_target(text)


def test_a_hop_follows_the_reference() -> None:
    assert at("Encounter.participant.individual(Practitioner.name.given)") == ["Anh"]


def test_a_hop_to_another_type_leads_nowhere() -> None:
    assert at("Encounter.participant.individual(Organization.name)") == []


def test_a_step_into_a_reference_follows_it() -> None:
    assert at("Encounter.participant.individual.name.family") == ["Lê"]


def test_a_hop_to_a_datatype_only_says_what_the_element_is() -> None:
    assert at("Practitioner.name(HumanName.family)") == ["Lê"]


def test_a_primitive_has_its_extensions_beside_it() -> None:
    assert at("Encounter.status.extension[1].valueCode") == ["c"]


def test_a_choice_is_found_by_its_stem() -> None:
    output = Output([{"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "A"}}])
    assert output.at(parse_target("MedicationRequest.medication.text")) == ["A"]


def test_a_value_is_looked_for_inside_and_behind_references() -> None:
    assert OUTPUT.holds(VISIT, lambda value: value == "Anh")
    assert not OUTPUT.holds(VISIT, lambda value: value == "Anh", 0)
