"""`engine test`: the tests that stand beside mappings and routes."""

from __future__ import annotations

from rich.console import Console

from engine.config import Settings
from engine.routes.inline_tests import run_route_tests
from engine.routes.load import load_routes
from engine.transforms.inline_tests import run_inline_tests
from engine.transforms.load import load_mappings

FAILED = 1


def run_tests(settings: Settings) -> int:
    """Run all of them and name those that failed, with what was expected and what came; returns 1 if one did."""
    console = Console(highlight=False, markup=False)
    results = [
        *run_inline_tests(load_mappings(settings.mappings)),
        *run_route_tests(load_routes(settings.mappings / "routes")),
    ]
    failed = [result for result in results if not result.passed]
    for result in failed:
        console.print(f"FAILED {result.mark} {result.title}")
        for difference in result.differences:
            console.print(f"    {difference}")
    console.print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return FAILED if failed else 0
