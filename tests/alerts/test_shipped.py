"""The rules that come with the engine are without fault, and their own tests pass."""

from __future__ import annotations

from pathlib import Path

from engine.alerts.inline_tests import run_rule_tests
from engine.alerts.load import load_rules

RULES = load_rules(Path("mappings/alerts"))


def test_every_rule_has_tests_and_they_pass() -> None:
    assert all(rule.tests for rule in RULES)
    failed = [(one.title, one.differences) for one in run_rule_tests(RULES) if not one.passed]
    assert failed == []
