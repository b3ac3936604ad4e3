from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.bus.record import Position
from engine.canonical.resource import Origin, Resource
from engine.language.fault import Mark
from engine.routes.load import load_routes
from engine.routes.router import Route, Router

ORIGIN = Origin(Position("hl7.raw", 0, 0), "79901", "s", "k", "v", 0, "m", 1)
PLACE = Mark("f.yaml", 1, 1)


def event(**body: Any) -> Resource:
    return Resource("DiagnosticReport", "id", body, ORIGIN, 0)


def test_an_event_goes_to_the_topic_of_its_type_first() -> None:
    assert Router().route(event()) == ("fhir.diagnosticreport",)


def test_every_route_that_matches_adds_its_topics_each_once() -> None:
    finals = Route("finals", "", lambda body: body["status"] == "final", ("alerts.a", "alerts.b"), PLACE)
    others = Route("all", "", lambda _body: True, ("alerts.b",), PLACE)
    router = Router([finals, others])
    assert router.topics == ("alerts.a", "alerts.b")
    assert router.route(event(status="final")) == ("fhir.diagnosticreport", "alerts.a", "alerts.b")
    assert router.route(event(status="partial")) == ("fhir.diagnosticreport", "alerts.b")


def test_a_route_is_asked_only_of_the_types_that_it_may_match() -> None:
    asked: list[str] = []

    def match(body: dict[str, Any]) -> bool:
        asked.append(body["resourceType"])
        return True

    router = Router([Route("reports", "", match, ("alerts.a",), PLACE, types=frozenset({"DiagnosticReport"}))])
    for _ in range(2):
        assert router.matching({"resourceType": "DiagnosticReport"}) == ("alerts.a",)
        assert router.matching({"resourceType": "Observation"}) == ()
    assert asked == ["DiagnosticReport", "DiagnosticReport"]


def test_a_route_that_asks_for_a_type_alone_takes_all_its_events_and_is_not_asked_again(tmp_path: Path) -> None:
    whole = "{ route: whole, when: resourceType = DiagnosticReport, to: alerts.a }"
    part = "{ route: part, when: resourceType = Patient and active = true, to: alerts.b }"
    (tmp_path / "routes.yaml").write_text(f"routes:\n  - {whole}\n  - {part}\n", "utf-8")
    router = load_routes(tmp_path)
    assert router.route(event()) == ("fhir.diagnosticreport", "alerts.a")
    assert router.route(event()) is router.route(event(status="final"))
    patient = event()._replace(type="Patient", body={"resourceType": "Patient", "active": True})
    assert router.route(patient) == ("fhir.patient", "alerts.b")
    assert router.route(patient._replace(body={"resourceType": "Patient"})) == ("fhir.patient",)
