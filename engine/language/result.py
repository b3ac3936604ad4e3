"""How a test that stands beside a mapping or a route ended."""

from __future__ import annotations

from dataclasses import dataclass

from engine.language.fault import Mark


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test; without differences it passed."""

    __test__ = False  # for pytest, which takes the name for a class of tests

    title: str
    mark: Mark
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.differences
