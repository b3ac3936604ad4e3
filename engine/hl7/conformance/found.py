"""The errors found in a message, each once, and no more than an answer can hold."""

from __future__ import annotations

from engine.hl7.errors import ErrorCondition, ReportedError, Severity
from engine.hl7.path import Path

MOST_ERRORS = 20
"""Errors that are told of, and as many warnings."""


class Found:
    """Gathers errors and warnings, no more of each than are told of."""

    __slots__ = ("_errors", "_warnings")

    def __init__(self) -> None:
        self._errors: dict[tuple[ErrorCondition, Path], ReportedError] = {}
        self._warnings: dict[tuple[ErrorCondition, Path], ReportedError] = {}

    def add(self, condition: ErrorCondition, where: Path, severity: Severity) -> None:
        """Note one, unless it is noted already or there are enough of them."""
        noted = self._errors if severity is Severity.ERROR else self._warnings
        if len(noted) < MOST_ERRORS:
            noted.setdefault((condition, where), ReportedError(condition, where, severity))

    def told(self) -> tuple[ReportedError, ...]:
        """The errors as found, then the warnings; together no more than MOST_ERRORS."""
        return (*self._errors.values(), *self._warnings.values())[:MOST_ERRORS]
