"""The tests that stand beside routes: where an event should go, and where it goes."""

from __future__ import annotations

from collections.abc import Iterator

from engine.language.result import TestResult
from engine.routes.router import Router


def run_route_tests(router: Router) -> Iterator[TestResult]:
    """Send each test's event through all routes; the topics must be the expected ones, in any order."""
    for route in router.routes:
        for number, test in enumerate(route.tests, start=1):
            found = sorted(router.matching(test.event))
            expected = sorted(test.expect)
            difference = f"expected {expected}, went to {found}"
            yield TestResult(f"{route.name} :: {number}", test.mark, () if found == expected else (difference,))
