"""The tests that stand beside a profile: the errors that a message should have, and those it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from errno import ENOENT
from os import strerror
from pathlib import Path

from engine.hl7.conformance.form import Checker
from engine.hl7.errors import ReportedError, Severity
from engine.hl7.message import Message, Segment, parse
from engine.hl7.path import parse_path
from engine.language.files import is_file
from engine.language.result import TestResult
from engine.listeners.profile import ReadProfile


def run_profile_tests(read: ReadProfile) -> Iterator[TestResult]:
    """Check each test's message; the errors must be the expected ones, in any order."""
    checker = Checker(read.profile)
    for test, mark in read.tests:
        title = f"{read.profile.name} :: {test.name}"
        try:
            message = changed(read_message(read.file.parent / test.message), test.change)
        except (OSError, ValueError) as error:
            what = error.strerror if isinstance(error, OSError) else "is no message in UTF-8"
            yield TestResult(title, mark, (f"{test.message}: {what}",))
            continue
        found = sorted(shown(error) for error in checker.check(message))
        difference = f"expected {sorted(test.expect)}, found {found}"
        yield TestResult(title, mark, () if found == sorted(test.expect) else (difference,))


def shown(error: ReportedError) -> str:
    """The error as a test expects it: its condition, its place, and `warning` if it is no more."""
    parts = [error.condition.code, str(error.where or "")]
    return " ".join([*parts, "warning"] if error.severity is Severity.WARNING else parts)


def read_message(path: Path) -> Message:
    """The message of a file in UTF-8; raises OSError or ValueError."""
    if not is_file(path):
        raise FileNotFoundError(ENOENT, strerror(ENOENT))
    return parse(path.read_bytes().decode("utf-8"))


def changed(message: Message, change: Mapping[str, str]) -> Message:
    """The message with fields of the first segments of their names set."""
    lines = list(message.lines)
    for name, value in change.items():
        path = parse_path(name)
        if path.segment in message.names:
            place = message.names.index(path.segment)
            lines[place] = _set(Segment(path.segment, lines[place], message.delimiters), path.field, value)
    return Message(message.names, lines, message.delimiters, message.faults)


def _set(segment: Segment, number: int, value: str) -> str:
    fields = list(segment.fields) + [""] * (number + 1 - len(segment.fields))
    fields[number] = value
    if segment.name == "MSH":
        del fields[1]
    return segment.delimiters.field.join(fields)
