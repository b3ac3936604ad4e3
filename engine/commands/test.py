"""`engine test`: the tests that stand beside mappings, routes, alert rules and profiles."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from engine.alerts.inline_tests import run_rule_tests
from engine.alerts.load import load_rules
from engine.commands.terminal import Console
from engine.config import Settings
from engine.language.fault import Fault, Faults, Mark
from engine.language.result import TestResult
from engine.listeners.profile import read_profile
from engine.listeners.profile_tests import run_profile_tests
from engine.routes.inline_tests import run_route_tests
from engine.routes.load import load_routes
from engine.transforms.inline_tests import run_inline_tests
from engine.transforms.load import load_mappings

FAILED = 1


def run_tests(settings: Settings, junit: Path | None = None) -> int:
    """Run all of them and name those that failed, with what was expected and what came; returns 1 if one did.

    With `junit` the results are written to that file too, for CI systems. Raises Faults when it cannot be written.
    """
    console = Console(highlight=False, markup=False)
    began = time.monotonic()
    results = [
        *run_inline_tests(load_mappings(settings.mappings)),
        *run_route_tests(load_routes(settings.mappings / "routes")),
        *run_rule_tests(load_rules(settings.mappings / "alerts")),
        *(result for path in settings.profile_files() for result in run_profile_tests(read_profile(path))),
    ]
    seconds = time.monotonic() - began
    failed = [result for result in results if not result.passed]
    for result in failed:
        console.print(f"FAILED {result.mark} {result.title}")
        for difference in result.differences:
            console.print(f"    {difference}")
    console.print(f"{len(results) - len(failed)} passed, {len(failed)} failed in {seconds:.1f} s")
    if junit:
        _write_junit(junit, results, seconds)
    return FAILED if failed else 0


def _write_junit(path: Path, results: Sequence[TestResult], seconds: float) -> None:
    suite = TestSuite("engine test")
    suite.add_testcases([_case(result) for result in results])
    suite.time = seconds
    report = JUnitXml()
    report.add_testsuite(suite)
    try:
        report.write(str(path))
    except OSError as error:
        hint = "name a file in a folder that is there"
        raise Faults(
            [Fault(Mark(str(path)), "C022", "--junit", f"cannot be written ({error.strerror})", hint)]
        ) from None


def _case(result: TestResult) -> TestCase:
    case = TestCase(result.title, result.mark.file)
    if not result.passed:
        failure = Failure(f"{result.mark}: {result.differences[0]}", "difference")
        failure.text = "\n".join(result.differences)
        case.result = [failure]
    return case
