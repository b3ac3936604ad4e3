"""Made-up facilities are run by whom those of the city are, and send from all of their departments or from a part."""

from __future__ import annotations

from collections import Counter

from engine.city.senders import made_senders

SENDERS = made_senders(1000, 79)


def test_hospitals_are_of_the_sectors_of_the_city() -> None:
    hospitals = [one for one in SENDERS if one.kind == "hospital"]
    assert Counter(one.sector for one in hospitals) == {"public": 60, "ministerial": 14, "private": 90}


def test_stations_are_public_and_clinics_private() -> None:
    assert {(one.kind, one.sector) for one in SENDERS if one.kind in ("station", "clinic")} == {
        ("station", "public"),
        ("clinic", "private"),
    }


def test_each_facility_sends_from_its_first_department_and_some_from_not_all() -> None:
    assert all(one.feeding == one.departments[: len(one.feeding)] and one.feeding for one in SENDERS)
    parts = [one for one in SENDERS if len(one.feeding) < len(one.departments)]
    assert {one.kind for one in parts} == {"hospital", "centre"}
    assert len([one for one in parts if one.kind == "hospital"]) == 164 // 6
