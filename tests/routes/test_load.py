from __future__ import annotations

from pathlib import Path

import pytest

from engine.language.fault import Faults
from engine.routes.load import load_routes

MAPPINGS = Path(__file__).parents[2] / "mappings"


def faults_in(folder: Path, text: str) -> list[tuple[str, int]]:
    (folder / "routes.yaml").write_text(text, "utf-8")
    with pytest.raises(Faults) as caught:
        load_routes(folder)
    return [(fault.code, fault.mark.line) for fault in caught.value.faults]


def test_the_shipped_routes_send_a_critical_potassium_to_its_alert() -> None:
    router = load_routes(MAPPINGS / "routes")
    assert "alerts.critical" in router.topics


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
