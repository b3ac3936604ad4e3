from __future__ import annotations

import pytest

from engine.canonical import r4


def test_element_knows_its_type_and_whether_it_repeats() -> None:
    element = r4.find("Patient.contact.name.family")
    assert element is not None
    assert (element.type, element.is_list) == ("string", False)
    assert r4.is_list("Patient.name")
    assert not r4.is_list("Patient.birthDate")


def test_each_type_of_a_choice_is_an_element_of_its_own() -> None:
    assert r4.exists("Observation.valueQuantity")
    assert not r4.exists("Observation.value")
    assert not r4.exists("Observation.valueHumanName")


@pytest.mark.parametrize(
    ("kind", "element", "base"),
    [
        ("Observation", "valueQuantity", "value[x]"),
        ("Patient", "deceasedBoolean", "deceased[x]"),
        ("Patient", "birthDate", "birthDate"),
        ("Patient", "nothing", "nothing"),
    ],
)
def test_choice_base_is_what_the_types_of_a_choice_share(kind: str, element: str, base: str) -> None:
    assert r4.choice_base(kind, element) == base


def test_elements_of_the_bases_are_there_too() -> None:
    assert {"id", "meta", "contained", "extension", "identifier"} <= set(r4.elements("Patient"))
    assert {"id", "extension", "modifierExtension", "status"} <= set(r4.elements("Encounter.location"))


def test_content_of_another_element_has_its_elements() -> None:
    assert r4.find("Observation.component.referenceRange.low.value") is not None


def test_required_elements_and_targets_are_told() -> None:
    status, subject = r4.find("Encounter.status"), r4.find("Encounter.subject")
    assert status is not None
    assert status.is_required
    assert subject is not None
    assert subject.targets == ("Patient", "Group")
    assert not subject.is_required


def test_kinds_of_types_are_told_apart() -> None:
    assert r4.is_resource("Patient")
    assert r4.is_resource("Bundle")
    assert not r4.is_resource("DomainResource")
    assert not r4.is_resource("HumanName")
    assert r4.is_primitive("date")
    assert not r4.is_primitive("Period")
    assert not r4.is_type("Nonsense")
    assert r4.elements("Nonsense") == {}
    assert r4.elements("date") == {}


def test_types_that_there_are_not_have_no_elements_and_are_not_remembered() -> None:
    before = r4._elements.cache_info().currsize
    assert [r4.elements(f"Nothing{one}") for one in range(9)] == [{}] * 9
    assert r4._elements.cache_info().currsize == before
