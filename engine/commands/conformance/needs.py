"""What a condition asks of a message, and the words and signs that the guide writes conditions in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

from engine.hl7.dictionary import VERSIONS, segment_names

Test = Literal["valued", "empty", "in", "not in", "count", "longer"]


class Need(NamedTuple):
    """What one field or component must be; a path that begins with a dot is one of the datatype at hand."""

    path: str
    test: Test
    values: tuple[str, ...] = ()
    number: int = 0


Needs = tuple[Need, ...]


class Unreadable(ValueError):
    """A condition that is not spelled as conditions are."""


_TOKEN = re.compile(
    r"""\s*(?:(?P<list>\(\s*["'][^)]*\))|(?P<text>"[^"]*"|'[^']*')|(?P<open>\()|(?P<close>\))|(?P<sign>[=<>])"""
    r"""|(?P<number>\d+)|(?P<path>(?!IF\b|OR\b|IN\b|AND\b|IS\b|TO\b|NOT\b|LST\b)[A-Z][A-Z0-9]{1,2}(?:[-.]\d+)*(?![A-Za-z]))"""
    r"""|(?P<word>[A-Za-z.]+))"""
)
_WORDS = frozenset(
    [
        "IF",
        "AND",
        "OR",
        "IS",
        "ARE",
        "NOT",
        "VALUED",
        "EQUALS",
        "EQUAL",
        "TO",
        "IN",
        "EMPTY",
        "DOES",
        "EXIST",
        "GREATER",
        "LESS",
        "THAN",
        "COUNT",
        "LENGTH",
    ]
)


def spell(path: str) -> str:
    """A path as this project spells it: `PID-3.1`; `.1` for a component of a datatype."""
    head, *numbers = re.split(r"[-.]", path)
    if not _is_segment(head):
        return "".join(f".{number}" for number in numbers)
    return head + (f"-{'.'.join(numbers)}" if numbers else "")


@cache
def _is_segment(name: str) -> bool:
    return any(name in segment_names(version) for version in VERSIONS)


def tokens(condition: str) -> Iterator[tuple[str, str]]:
    at = 0
    text = condition.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise Unreadable(condition)
        kind, value = match.lastgroup, match[match.lastgroup]
        at = match.end()
        if kind == "word":
            value = value.upper().removeprefix("LST.")
            if value not in _WORDS:
                raise Unreadable(f"{condition}: {value}")
        if value != "IF":
            yield kind, value


def need_of(words: list[str], texts: tuple[str, ...], number: int) -> Need:
    denied = "NOT" in words
    if "COUNT" in words:
        return Need("", "count", (), number + ("GREATER" in words or ">" in words))
    if "LENGTH" in words:
        return Need("", "longer", (), number)
    if texts:
        return Need("", "not in" if denied else "in", texts)
    if "EMPTY" in words or "EXIST" in words or ("VALUED" in words and denied):
        return Need("", "empty")
    if "VALUED" in words:
        return Need("", "valued")
    raise Unreadable(" ".join(words))
