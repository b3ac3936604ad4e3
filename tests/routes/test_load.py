from __future__ import annotations

from pathlib import Path

import pytest

from engine.language.fault import Faults
from engine.routes.load import load_routes
from engine.routes.router import Router

MAPPINGS = Path(__file__).parents[2] / "mappings"


def faults_in(folder: Path, text: str) -> list[tuple[str, int]]:
    (folder / "routes.yaml").write_text(text, "utf-8")
    with pytest.raises(Faults) as caught:
        load_routes(folder)
    return [(fault.code, fault.mark.line) for fault in caught.value.faults]


def test_the_shipped_routes_send_what_alert_rules_watch() -> None:
    router = load_routes(MAPPINGS / "routes")
    assert router.topics == ("watched.clinical",)


def test_a_folder_without_routes_sends_events_only_to_the_topic_of_their_type(tmp_path: Path) -> None:
    assert load_routes(tmp_path / "none").topics == ()


def test_every_fault_of_the_routes_has_its_place(tmp_path: Path) -> None:
    text = """routes:
  - route: Not A Name
    when: status = final
    to: alerts.a
  - route: a
    when: status = (
    to: alerts.a
  - route: b
    when: status is date
    to: [hl7.raw, fhir.patient, ALERTS]
  - route: c
    wen: status = final
    to: alerts.a
"""
    found = faults_in(tmp_path, text)
    assert ("R101", 2) in found
    assert ("R102", 9) in found
    assert found.count(("R103", 10)) == 3
    assert ("M102", 12) in found
    assert ("M103", 11) in found
    assert any(line == 6 for _, line in found)


def test_two_routes_of_one_name_are_a_fault(tmp_path: Path) -> None:
    route = "  - route: a\n    when: status = final\n    to: alerts.a\n"
    assert faults_in(tmp_path, "routes:\n" + route * 2) == [("R105", 5)]


@pytest.mark.parametrize("kind", ["[Patient]", "{ a: 1 }", "~", "1"])
def test_an_event_whose_type_is_no_text_is_a_fault(tmp_path: Path, kind: str) -> None:
    test = f"{{ event: {{ resourceType: {kind} }}, expect: a }}"
    text = f"routes: [{{ route: r, when: status = final, to: a, tests: [{test}] }}]"
    assert [code for code, _ in faults_in(tmp_path, text)] == ["R104"]


def routes_of(folder: Path, text: str) -> Router:
    (folder / "routes.yaml").write_text(text, "utf-8")
    return load_routes(folder)


TWO = """
  - route: finals
    when: status = final
    to: [lab.finals, alerts.a]
  - route: labs
    when: resourceType = Observation
    to: lab.all
"""
REST = "  - route: _unmatched\n    to: other.events\n"


@pytest.mark.parametrize(
    ("match", "status", "topics"),
    [
        ("", "final", ("lab.finals", "alerts.a", "lab.all")),
        ("match: all\n", "final", ("lab.finals", "alerts.a", "lab.all")),
        ("match: first\n", "final", ("lab.finals", "alerts.a")),
        ("match: first\n", "partial", ("lab.all",)),
    ],
)
def test_all_routes_that_match_take_an_event_or_the_first(
    tmp_path: Path, match: str, status: str, topics: tuple[str, ...]
) -> None:
    router = routes_of(tmp_path, f"{match}routes:{TWO}{REST}")
    assert router.matching({"resourceType": "Observation", "status": status}) == topics


def test_what_no_route_of_a_file_takes_goes_to_the_route_for_the_rest_of_that_file(tmp_path: Path) -> None:
    (tmp_path / "another.yaml").write_text(
        "routes: [{ route: all, when: resourceType valued, to: all.events }]", "utf-8"
    )
    router = routes_of(tmp_path, f"routes:\n{REST}{TWO[1:]}")
    assert router.matching({"resourceType": "Patient"}) == ("all.events", "other.events")
    assert "other.events" not in router.matching({"resourceType": "Observation", "status": "final"})


def test_the_route_for_the_rest_may_ask_for_something_too(tmp_path: Path) -> None:
    rest = f"{REST}    when: resourceType = Observation|DiagnosticReport\n"
    router = routes_of(tmp_path, f"routes:{TWO}{rest}")
    assert router.matching({"resourceType": "DiagnosticReport"}) == ("other.events",)
    assert router.matching({"resourceType": "Patient"}) == ()


def test_each_file_may_have_a_route_for_its_rest_and_only_one(tmp_path: Path) -> None:
    (tmp_path / "another.yaml").write_text(f"routes:\n{REST}", "utf-8")
    assert routes_of(tmp_path, f"routes:\n{REST}").topics == ("other.events",)
    assert faults_in(tmp_path, f"routes:\n{REST}{REST}") == [("R105", 4)]


def test_a_route_may_have_a_key_of_its_own_and_a_topic_has_one(tmp_path: Path) -> None:
    keyed = "  - { route: a, when: resourceType = Observation, key: [facility, code.coding.code], to: alerts.a }\n"
    router = routes_of(tmp_path, f"routes:\n{keyed}")
    assert {topic: str(key) for topic, key in router.keys.items()} == {"alerts.a": "facility, code.coding.code"}
    other = "  - { route: b, when: resourceType = Patient, to: [alerts.b, alerts.a] }\n"
    assert faults_in(tmp_path, f"routes:\n{keyed}{other}") == [("R113", 3)]


def test_what_is_no_way_to_match_and_no_part_of_a_key_is_a_fault(tmp_path: Path) -> None:
    text = (
        "match: some\nroutes:\n  - { route: a, when: resourceType = Patient, key: [name.family, mrn], to: alerts.a }\n"
    )
    assert faults_in(tmp_path, text) == [("R111", 1), ("R112", 3), ("R112", 3)]


@pytest.mark.parametrize(("order", "strict"), [("", False), ("order: flowing", False), ("order: strict", True)])
def test_a_route_is_strict_when_it_says_so(tmp_path: Path, order: str, strict: bool) -> None:
    route = f"routes:\n  - route: men\n    when: gender = male\n    to: review.men\n    {order}\n"
    (tmp_path / "routes.yaml").write_text(route, "utf-8")
    assert load_routes(tmp_path).strict == (frozenset({"review.men"}) if strict else frozenset())


def test_an_order_that_there_is_not_is_a_fault(tmp_path: Path) -> None:
    route = "routes:\n  - { route: men, when: gender = male, to: review.men, order: fifo }\n"
    (tmp_path / "routes.yaml").write_text(route, "utf-8")
    with pytest.raises(Faults, match="R114"):
        load_routes(tmp_path)
