"""Messages that merge, move, link and swap patients, accounts and visits: they become links between ids."""

from __future__ import annotations

from typing import Any

import pytest

from engine.canonical.resource import Resource
from tests.transforms.folders import send, shipped

ANNA = "PID|1||BN1^^^79991^PI||Nguyen^An||19920314|M||||||||||TK1^^^79991^AN"
MAI = "PID|1||BN3^^^79991^PI||Tran^Mai||19900520|F"
FORMER = "MRG|BN2^^^79991^PI||TK2^^^79991^AN||V2"
OTHER = "MRG|BN4^^^79991^PI"
VISIT = "PV1|1|I|K11^P302^G06^79991" + "|" * 16 + "V1"


def made(event: str, *segments: str) -> list[Resource]:
    done = send(shipped(), *segments, event=event)
    assert done.refusal is None
    return list(done.resources)


def called(resources: list[Resource], kind: str, value: str) -> Resource:
    """The one resource of a type that has this number."""
    (found,) = (
        one
        for one in resources
        if one.type == kind and any(number.get("value") == value for number in one.body.get("identifier", ()))
    )
    return found


def link(kind: str, other: Resource) -> list[dict[str, Any]]:
    return [{"other": {"reference": f"{other.type}/{other.id}"}, "type": kind}]


@pytest.mark.parametrize(
    "event", ["ADT^A18", "ADT^A30", "ADT^A34", "ADT^A36", "ADT^A39", "ADT^A40", "ADT^A46", "ADT^A47"]
)
def test_a_patient_that_is_merged_is_replaced_and_no_more_in_use(event: str) -> None:
    resources = made(event, ANNA, FORMER)
    kept, former = called(resources, "Patient", "BN1"), called(resources, "Patient", "BN2")
    assert kept.body["link"] == link("replaces", former)
    assert former.body["link"] == link("replaced-by", kept)
    assert (former.body["active"], "active" in kept.body) == (False, False)


@pytest.mark.parametrize("event", ["ADT^A18", "ADT^A30", "ADT^A40"])
def test_a_patient_that_is_merged_with_itself_stays_in_use(event: str) -> None:
    (patient,) = (one for one in made(event, ANNA, FORMER.replace("BN2", "BN1")) if one.type == "Patient")
    assert "active" not in patient.body
    assert "link" not in patient.body


def test_each_pair_of_a_message_is_merged_by_itself() -> None:
    resources = made("ADT^A40", ANNA, FORMER, MAI, OTHER)
    for kept, former in (("BN1", "BN2"), ("BN3", "BN4")):
        link_ = link("replaces", called(resources, "Patient", former))
        assert called(resources, "Patient", kept).body["link"] == link_


@pytest.mark.parametrize(
    "event", ["ADT^A35", "ADT^A41", "ADT^A42", "ADT^A44", "ADT^A45", "ADT^A48", "ADT^A49", "ADT^A50"]
)
def test_what_moves_an_account_or_a_visit_leaves_patients_in_use(event: str) -> None:
    patients = [one for one in made(event, ANNA, FORMER, VISIT) if one.type == "Patient"]
    assert patients
    assert not any("active" in one.body or "link" in one.body for one in patients)


@pytest.mark.parametrize("event", ["ADT^A35", "ADT^A36", "ADT^A41", "ADT^A49"])
def test_an_account_that_is_merged_is_part_of_the_one_that_stays(event: str) -> None:
    resources = made(event, ANNA, FORMER)
    kept, merged = called(resources, "Account", "TK1"), called(resources, "Account", "TK2")
    assert merged.body["partOf"] == {"reference": f"Account/{kept.id}"}
    assert (merged.body["status"], kept.body["status"]) == ("inactive", "active")


def test_an_account_that_moves_is_the_other_patients() -> None:
    resources = made("ADT^A44", ANNA, FORMER)
    moved, patient = called(resources, "Account", "TK2"), called(resources, "Patient", "BN1")
    assert moved.body["subject"] == [{"reference": f"Patient/{patient.id}"}]


@pytest.mark.parametrize("event", ["ADT^A42", "ADT^A45", "ADT^A50", "ADT^A51"])
def test_a_visit_that_gets_another_number_or_moves_is_part_of_the_other(event: str) -> None:
    resources = made(event, ANNA, FORMER, VISIT)
    kept, former = called(resources, "Encounter", "V1"), called(resources, "Encounter", "V2")
    patient = called(resources, "Patient", "BN1")
    assert former.body["partOf"] == {"reference": f"Encounter/{kept.id}"}
    assert former.body["subject"] == {"reference": f"Patient/{patient.id}"}
    assert "partOf" not in kept.body


def test_a_visit_that_moves_under_its_own_number_is_no_part_of_itself() -> None:
    (visit,) = (one for one in made("ADT^A45", ANNA, FORMER.replace("V2", "V1"), VISIT) if one.type == "Encounter")
    assert "partOf" not in visit.body


def test_patients_that_are_linked_see_each_other() -> None:
    resources = made("ADT^A24", ANNA, MAI)
    one, other = called(resources, "Patient", "BN1"), called(resources, "Patient", "BN3")
    assert (one.body["link"], other.body["link"]) == (link("seealso", other), link("seealso", one))


def test_patients_that_are_linked_no_more_lose_their_links() -> None:
    resources = made("ADT^A37", ANNA, MAI)
    assert [one.deleted for one in resources if one.type == "Patient"] == [("link", "active")] * 2


def test_patients_that_change_places_have_each_a_visit_of_their_own() -> None:
    resources = made("ADT^A17", ANNA, VISIT, MAI, VISIT.replace("|V1", "|V3").replace("G06", "G05"))
    for patient, visit in (("BN1", "V1"), ("BN3", "V3")):
        subject = {"reference": f"Patient/{called(resources, 'Patient', patient).id}"}
        assert called(resources, "Encounter", visit).body["subject"] == subject


def test_a_deleted_person_is_not_in_use_and_has_no_visit() -> None:
    (patient,) = made("ADT^A29", MAI, "PV1|1|N")
    assert patient.body["active"] is False


@pytest.mark.parametrize(
    ("event", "status", "deleted"),
    [
        ("ADT^A11", "cancelled", set()),
        ("ADT^A12", "in-progress", {"location"}),
        ("ADT^A13", "in-progress", {"period", "hospitalization"}),
        ("ADT^A21", "onleave", set()),
        ("ADT^A22", "in-progress", set()),
        ("ADT^A23", "entered-in-error", set()),
        ("ADT^A25", "in-progress", {"hospitalization"}),
        ("ADT^A26", "in-progress", {"location"}),
        ("ADT^A27", "cancelled", set()),
        ("ADT^A32", "in-progress", {"location"}),
        ("ADT^A33", "in-progress", {"location"}),
        ("ADT^A38", "cancelled", set()),
        ("ADT^A52", "in-progress", set()),
        ("ADT^A53", "onleave", set()),
        ("ADT^A55", "in-progress", {"participant"}),
        ("ADT^A62", "in-progress", {"participant"}),
    ],
)
def test_an_event_tells_the_state_of_a_visit_and_takes_back_what_it_undoes(
    event: str, status: str, deleted: set[str]
) -> None:
    resources = made(event, MAI, "PV1|1|I" + "|" * 17 + "V1")
    visit = called(resources, "Encounter", "V1")
    assert visit.body["status"] == status
    assert set(visit.deleted) == deleted
