"""Communes: counts of wards of before are counts of the communes of today."""

from __future__ import annotations

from engine.alerts.surveillance.communes import communes


def test_every_ward_of_before_lies_in_a_commune_of_today() -> None:
    found = communes()
    assert (len(found.names), len(found.became), len(found.divided)) == (168, 441, 47)
    assert set(found.became.values()) <= set(found.names)


def test_a_code_may_be_another_communes_today() -> None:
    found = communes()
    assert found.today("27019", legacy=False) == "27019"
    assert found.today("27019", legacy=True) == "27022"
    assert found.today("27022", legacy=True) == "27019"


def test_a_ward_that_was_divided_counts_for_the_commune_that_got_most_of_it() -> None:
    assert "25741" in communes().divided
    assert communes().today("25741", legacy=True) in communes().names


def test_a_place_elsewhere_is_none_of_the_city() -> None:
    assert communes().today("00001", legacy=True) is None
    assert communes().today("00001", legacy=False) is None
