from __future__ import annotations

from pathlib import Path

from engine.routes.inline_tests import run_route_tests
from engine.routes.load import load_routes

MAPPINGS = Path(__file__).parents[2] / "mappings"
ROUTE = """routes:
  - route: finals
    when: status = final
    to: [alerts.a, alerts.b]
    tests:
      - event: {{ resourceType: Observation, status: {status} }}
        expect: [alerts.b, alerts.a]
"""


def test_the_shipped_routes_pass_their_own_tests() -> None:
    results = list(run_route_tests(load_routes(MAPPINGS / "routes")))
    assert results
    assert all(result.passed for result in results)


def test_a_test_that_does_not_hold_says_where_the_event_went(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ROUTE.format(status="partial"), "utf-8")
    (result,) = run_route_tests(load_routes(tmp_path))
    assert not result.passed
    assert "went to []" in result.differences[0]
    assert result.mark.line == 6


def test_the_order_of_topics_makes_no_difference(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ROUTE.format(status="final"), "utf-8")
    assert [result.passed for result in run_route_tests(load_routes(tmp_path))] == [True]
