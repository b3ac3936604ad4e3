"""The shipped views: each gives the rows that an analyst expects, and no message that was ever seen stops one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.canonical.fold import Current, fold
from engine.canonical.resource import Body, Resource
from engine.city.plan import Plan
from engine.commands.corpus import read_files
from engine.facilities.registry import read_registry
from engine.transforms.transform import transform
from engine.views.read import read_view
from engine.views.view import View, compile_view
from tests.city.transformed import reading, simulate
from tests.transforms.folders import FACILITY, POSITION, SHIPPED, raw, sample, send, shipped

ROOT = Path(__file__).parent
FILES = sorted((SHIPPED / "views").glob("*.yaml"))
VIEWS = {file.stem: compile_view(read_view(file)) for file in FILES}
CLASSES = {"identifying", "quasi-identifying", "clinical"}
SEEN = (ROOT / "messages", ROOT / "corpus" / "messages", SHIPPED / "standard" / "messages" / "samples")
"""Folders of messages, those of other projects too."""

Found = list[dict[str, Any]]


def folded(resources: tuple[Resource, ...]) -> list[Body]:
    current: dict[tuple[str, str], Current] = {}
    for one in resources:
        current[one.type, one.id] = fold(current.get((one.type, one.id)), one)
    return [one.body for one in current.values()]


def rows(view: str, name: str) -> Found:
    """The rows of a sample that stands beside the mappings."""
    done = transform(raw(sample(name).encode()), POSITION, FACILITY, shipped(), 1)
    return of(view, done.resources)


def of(view: str, resources: tuple[Resource, ...]) -> Found:
    return [row for body in folded(resources) for row in VIEWS[view].named_rows(body)]


def told(found: Found, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in found]


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_view_is_named_as_its_file_and_tells_each_column(view: View) -> None:
    assert view.odd == ()
    assert Path(view.mark.file).stem == view.name
    assert [column.name for column in view.columns if not column.description or not column.type] == []


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_column_that_names_a_resource_is_identifying(view: View) -> None:
    said = {column.name: dict(column.tags).get("privacy") for column in view.columns}
    assert {name for name in said.values() if name} <= CLASSES
    assert [column.name for column in view.columns if column.type == "id" and said[column.name] != "identifying"] == []
    assert view.columns[0].type == "id"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> list[Body]:
    """The resources of a simulated city of all vendors."""
    sendings, _records = simulate(Plan(messages=500, days=3, faulty=0.2))
    warehouse = reading(tmp_path_factory.mktemp("city") / "mappings").read(sendings)
    return [one.body for one in warehouse.current.values()]


def test_every_vendor_of_the_city_gives_rows(city: list[Body]) -> None:
    found = Counter(name for name, view in VIEWS.items() for body in city for _row in view.rows(body))
    kinds = Counter(body["resourceType"] for body in city)
    assert found["encounters"] == kinds["Encounter"]
    assert found["observations"] == kinds["Observation"] == found["report_results"]
    assert found["patients"] == kinds["Patient"] <= found["patient_names"] < found["patient_identifiers"]
    patients = [row for body in city for row in VIEWS["patients"].named_rows(body)]
    assert [
        row for row in patients if not (row["name"] and row["birth_date"] and row["commune"] and row["phone"])
    ] == []


def seen() -> Iterator[Body]:
    registry = read_registry(SHIPPED / "facilities" / "registry.yaml")
    for arrival in read_files(SEEN, registry, None):
        done = transform(arrival.raw, arrival.position, registry.by_code(arrival.raw.facility), shipped(), 1)
        yield from folded(done.resources)


def test_every_message_that_was_ever_seen_fits_and_every_view_has_rows() -> None:
    found = Counter(name for body in seen() for name, view in VIEWS.items() for _row in view.rows(body))
    assert found.keys() == VIEWS.keys()


def test_patient_has_numbers_name_and_commune() -> None:
    (row,) = rows("patients", "adt-a01")
    assert row["name"] == "Nguyễn Khôi Văn Anh"
    assert (row["birth_date"], row["gender"], row["commune"], row["commune_match"]) == (
        "1992-03-14",
        "male",
        "27301",
        "current",
    )
    assert row["citizen_number"] == "079092999011"
    assert told(rows("patient_identifiers", "adt-a01"), "position", "type", "value") == [
        (0, "NI", "079092999011"),
        (1, "PI", "BN25000101"),
    ]
    assert told(rows("patient_names", "adt-a01"), "text", "position") == [("Nguyễn Khôi Văn Anh", 0)]


def test_year_of_birth_alone_is_its_first_day() -> None:
    done = send(shipped(), "PID|1||1^^^79991^PI||An||1958")
    assert told(of("patients", done.resources), "birth_date") == [("1958-01-01",)]


def test_merged_patient_tells_who_replaced_it() -> None:
    found = {row["patient_id"]: row for row in rows("patients", "adt-a40")}
    (gone,) = [row for row in found.values() if row["active"] is False]
    assert found[gone["replaced_by_id"]]["active"] is None


def test_visit_has_times_place_and_diagnosis() -> None:
    (row,) = rows("encounters", "adt-a01")
    assert (row["class"], row["status"], row["place"]) == ("IMP", "in-progress", "K11 P302 G05")
    assert (row["started_at"], row["number"]) == ("2025-10-01T07:30:00+07:00", "79991-LK25100100001")
    (place,) = rows("encounter_locations", "adt-a01")
    assert (place["location_id"], place["status"]) == (row["location_id"], "active")
    (condition,) = rows("conditions", "adt-a01")
    assert (condition["icd10"], condition["encounter_id"]) == ("A97.1", row["encounter_id"])
    assert told(rows("encounter_diagnoses", "adt-a01"), "condition_id", "use") == [(condition["condition_id"], "A")]


def test_place_is_a_part_of_its_department() -> None:
    found = {row["location_id"]: row for row in rows("locations", "adt-a01")}
    (bed,) = [row for row in found.values() if row["kind"] == "bd"]
    room = found[bed["part_of_id"]]
    assert (bed["code"], room["code"], found[room["part_of_id"]]["code"]) == ("G05", "P302", "K11")


def test_results_stand_in_their_report_and_the_report_under_its_order() -> None:
    results = rows("observations", "oru-r01")
    asked = {row["order_id"] for row in rows("orders", "oru-r01")}
    assert {row["order_id"] for row in rows("reports", "oru-r01")} == asked
    assert {row["observation_id"] for row in results} == {
        row["observation_id"] for row in rows("report_results", "oru-r01")
    }
    assert ("6690-2", 2.9, "G/L", "L") in told(results, "loinc", "value_number", "value_unit", "interpretation")


def test_medicine_is_prescribed_given_and_dispensed() -> None:
    (asked,) = rows("medication_requests", "rde-o11")
    assert asked["medication_id"] in {row["medication_id"] for row in rows("medications", "rde-o11")}
    assert asked["dose_number"]
    assert told(rows("medication_administrations", "ras-o17"), "status")[0] == ("completed",)
    assert told(rows("medication_dispenses", "rds-o13"), "status")[0] == ("completed",)


def test_vaccination_appointment_document_and_charge_have_rows() -> None:
    assert told(rows("immunizations", "vxu-v04"), "status")[0] == ("completed",)
    assert rows("appointments", "siu-s12")[0]["starts_at"]
    assert rows("documents", "mdm-t02")[0]["written_at"]
    assert rows("charges", "dft-p03")[0]["code"]


def test_coverage_has_number_and_payor() -> None:
    (row,) = rows("coverages", "adt-a01")
    assert (row["number"], row["plan"], row["starts_on"]) == ("DN4797999900011", "DN4", "2025-01-01")
    assert row["payor_id"] in {row["organization_id"] for row in rows("organizations", "adt-a01")}


def test_allergy_procedure_and_practitioner_have_rows() -> None:
    done = send(
        shipped(),
        "EVN|A01|20251001073500",
        "PID|1||1^^^79991^PI",
        "PV1|1|I|K11||||000123/HCM-CCHN^Lê^Minh^Hoàng||||||||||||V1",
        "AL1|1|DA|7980^Penicillin^RXNORM|SV|Phát ban",
        "PR1|1||0V508ZZ^Cắt ruột thừa^I10P||20251002093000",
    )
    assert told(of("allergies", done.resources), "code", "category", "criticality") == [("7980", "medication", "high")]
    assert told(of("procedures", done.resources), "code", "performed_at") == [
        ("0V508ZZ", "2025-10-02T09:30:00+07:00"),
    ]
    (doctor,) = of("practitioners", done.resources)
    (visit,) = of("encounters", done.resources)
    assert (doctor["practitioner_id"], doctor["license"]) == (visit["attender_id"], "000123/HCM-CCHN")
