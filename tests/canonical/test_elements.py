from __future__ import annotations

import pytest

from engine.canonical.elements import element_of, split
from engine.canonical.resource import Body


@pytest.mark.parametrize(
    ("resource_type", "member", "element"),
    [
        ("Patient", "gender", "gender"),
        ("Patient", "_birthDate", "birthDate"),
        ("Patient", "deceasedBoolean", "deceased[x]"),
        ("Patient", "_deceasedDateTime", "deceased[x]"),
        ("Patient", "deceased", "deceased[x]"),
        ("Patient", "deceased[x]", "deceased[x]"),
        ("Condition", "onsetAge", "onset[x]"),
        ("Observation", "valueQuantity", "*"),
        ("Unheard", "deceasedBoolean", "deceasedBoolean"),
    ],
)
def test_member_belongs_to_its_element(resource_type: str, member: str, element: str) -> None:
    assert element_of(resource_type, member) == element


def test_primitive_and_its_twin_are_one_element() -> None:
    body: Body = {"birthDate": "1980", "_birthDate": {"id": "b"}}
    assert split("Patient", body) == {"birthDate": body}


def test_empty_members_are_no_elements() -> None:
    body: Body = {"resourceType": "Patient", "id": "p", "gender": "", "name": [], "contact": {}, "photo": None}
    assert split("Patient", body) == {}


@pytest.mark.parametrize("value", [False, 0])
def test_false_and_zero_are_values(value: object) -> None:
    assert split("Patient", {"active": value}) == {"active": {"active": value}}


def test_identifiers_are_an_element_for_each_system_and_type_code() -> None:
    record = {"system": "urn:a", "type": {"coding": [{"display": "x"}, {"code": "MR"}]}}
    insurance = {"system": "urn:a", "type": {"text": "card"}}
    bare = {"value": "1"}
    assert split("Patient", {"identifier": [record, insurance, bare, record]}) == {
        "identifier|urn:a|MR": {"identifier": [record, record]},
        "identifier|urn:a|": {"identifier": [insurance]},
        "identifier||": {"identifier": [bare]},
    }


def test_single_identifier_of_a_composition_is_an_ordinary_element() -> None:
    body = {"identifier": {"system": "urn:a"}}
    assert split("Composition", body) == {"identifier": body}


def test_result_is_one_element() -> None:
    body = {"resourceType": "Observation", "id": "o", "status": "final", "identifier": [{"value": "1"}], "note": []}
    assert split("Observation", body) == {"*": {"status": "final", "identifier": [{"value": "1"}]}}


def test_links_are_an_element_for_each_patient() -> None:
    one, other = {"other": {"reference": "Patient/q"}}, {"other": "x"}
    assert split("Patient", {"link": [one, other]}) == {"link|Patient/q": {"link": [one]}, "link|": {"link": [other]}}


@pytest.mark.parametrize("identifier", ["text", {"type": "MR"}, {"type": {"coding": "MR"}}, None, 7])
def test_malformed_identifier_is_kept_without_a_group(identifier: object) -> None:
    assert split("Patient", {"identifier": [identifier]}) == {"identifier||": {"identifier": [identifier]}}
