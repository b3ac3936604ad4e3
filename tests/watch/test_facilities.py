"""Facilities as the observing process counts them: bounded, and quick to write for Prometheus."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from engine.facilities.facility import Facility, Registry
from engine.observe.facility_metrics import FACILITY_METRICS
from engine.watch.exposition import expose
from engine.watch.facilities import MOST, UNREGISTERED, Facilities, Group, Share
from tests.watch.stage import HOUR_US, NOW_US, REGISTRY, SECOND

CITY = 11_293
MINUTE_US = 60 * SECOND


def series(facilities: Facilities) -> dict[str, dict[str, float]]:
    """By metric and facility, what is exposed."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(expose(facilities).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[sample.labels["facility"]] = sample.value
    return found


def test_what_is_counted_is_exposed_by_facility() -> None:
    facilities = Facilities(REGISTRY, MINUTE_US)
    facilities.receive("79901", "ADT^A01", NOW_US)
    facilities.load("79901", NOW_US, 2 * MINUTE_US)
    facilities.load("79901", NOW_US - 1, MINUTE_US)
    facilities.load("79901", NOW_US - 2, None)
    facilities.bury("79902")
    found = series(facilities)
    assert found["engine_facility_messages_received_total"]["79901"] == 1
    assert found["engine_facility_messages_loaded_total"]["79901"] == 3
    assert found["engine_facility_messages_late_total"]["79901"] == 1
    assert found["engine_facility_dead_letters_total"] == {"79901": 0, "79902": 1, "79999": 0, UNREGISTERED: 0}
    assert found["engine_facility_received_timestamp_seconds"] == {"79901": NOW_US / 1e6}
    assert found["engine_facility_loaded_timestamp_seconds"] == {"79901": NOW_US / 1e6}
    assert found["engine_facility_expected_active"] == {"79901": 1, "79902": 0, "79999": 0, UNREGISTERED: 0}


@given(st.lists(st.text(), max_size=30))
def test_whatever_senders_call_themselves_there_is_one_series_for_all_that_nobody_registered(names: list[str]) -> None:
    facilities = Facilities(REGISTRY, MINUTE_US)
    for name in names:
        facilities.receive(f"{name}?", name, NOW_US)
        facilities.load(f"{name}?", NOW_US, 1)
        facilities.bury(f"{name}?")
    found = series(facilities)
    assert {code for values in found.values() for code in values} <= {"79901", "79902", "79999", UNREGISTERED}
    assert found["engine_facility_messages_received_total"][UNREGISTERED] == len(names)


def test_a_city_is_exposed_within_a_second_and_100_000_series() -> None:
    facilities = Facilities(Registry(Facility(f"{code:05}", "x") for code in range(CITY)), MINUTE_US)
    for code in range(CITY):
        facilities.receive(f"{code:05}", "ADT^A01", NOW_US + code)
        facilities.load(f"{code:05}", NOW_US, 1)
    began = time.process_time()
    text = expose(facilities)
    took = time.process_time() - began
    assert CITY * len(FACILITY_METRICS) < sum(not line.startswith(b"#") for line in text.splitlines()) <= 100_000
    assert took < 1


def test_a_registry_beyond_all_bounds_stays_within_100_000_series() -> None:
    facilities = Facilities(Registry(Facility(str(code), "x") for code in range(MOST + 500)), MINUTE_US)
    facilities.receive(str(MOST + 1), "ADT^A01", NOW_US)
    assert {one.code: tally for one, tally in facilities}[UNREGISTERED].received == 1
    assert (MOST + 1) * len(FACILITY_METRICS) <= 100_000


def test_coverage_counts_who_sent_within_a_day_by_sector_and_kind_and_no_platform() -> None:
    facilities = Facilities(REGISTRY, MINUTE_US)
    facilities.receive("79901", "ADT^A01", NOW_US - 23 * HOUR_US)
    facilities.receive("79902", "ADT^A01", NOW_US - 25 * HOUR_US)
    facilities.receive("79999", "ADT^A01", NOW_US)
    assert facilities.coverage(NOW_US) == {
        Group("private", "clinic"): Share(1, 0),
        Group("public", "hospital"): Share(1, 1),
    }


def test_only_types_that_the_registry_expects_are_remembered() -> None:
    facilities = Facilities(REGISTRY, MINUTE_US)
    for type_name in ("ADT^A01", "ZZZ^Z01", "", "ADT^A08"):
        facilities.receive("79901", type_name, NOW_US)
        facilities.receive("79902", type_name, NOW_US)
    assert facilities.of("79901").types == {"ADT": NOW_US}
    assert facilities.of("79902").types == {}


def test_a_changed_registry_forgets_who_is_gone_and_keeps_who_stays() -> None:
    facilities = Facilities(REGISTRY, MINUTE_US)
    facilities.receive("79901", "ADT^A01", NOW_US)
    facilities.receive("79902", "ADT^A01", NOW_US)
    facilities.use(Registry([Facility("79901", "x"), Facility("79903", "y")]))
    assert {one.code: tally.received for one, tally in facilities} == {"79901": 1, "79903": 0, UNREGISTERED: 0}
