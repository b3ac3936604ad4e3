"""Conditions of the guide (`IF ROL-3.1 EQUALS "PP" AND NOT …`), read as what a message must hold to satisfy them."""

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


def alternatives(condition: str, own: str) -> list[Needs]:
    """The ways to satisfy a condition; raises Unreadable. `own` is the path of the row that it stands in."""
    if not condition:
        return [()]
    reader = _Reader(list(_tokens(condition)), own)
    found = reader.any()
    if reader.left:
        raise Unreadable(condition)
    return found


def spell(path: str) -> str:
    """A path as this project spells it: `PID-3.1`; `.1` for a component of a datatype."""
    head, *numbers = re.split(r"[-.]", path)
    if not _is_segment(head):
        return "".join(f".{number}" for number in numbers)
    return head + (f"-{'.'.join(numbers)}" if numbers else "")


@cache
def _is_segment(name: str) -> bool:
    return any(name in segment_names(version) for version in VERSIONS)


def _tokens(condition: str) -> Iterator[tuple[str, str]]:
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


class _Reader:
    """Reads tokens by precedence: `or` of `and` of tests; paths joined before one test share it."""

    def __init__(self, tokens: list[tuple[str, str]], own: str) -> None:
        self.left = tokens
        self._subject = own

    def any(self) -> list[Needs]:
        found = self._all()
        while self._take("word", "OR"):
            found = found + self._all()
        return found

    def _all(self) -> list[Needs]:
        found = self._one()
        while self._take("word", "AND") or (self.left and self.left[0][0] in ("path", "word") and not self._at("OR")):
            others = self._one()
            found = [(*one, *other) for one in found for other in others]
        return found

    def _one(self) -> list[Needs]:
        if self._take("open"):
            found = self.any()
            if not self._take("close"):
                raise Unreadable("a parenthesis is not closed")
            return found
        subjects, joined = self._subjects()
        test = self._test()
        needs = [test._replace(path=spell(path)) for path in subjects]
        return [(one,) for one in needs] if joined == "OR" else [tuple(needs)]

    def _subjects(self) -> tuple[list[str], str]:
        paths, joined = [], ""
        while self.left and self.left[0][0] == "path":
            paths.append(self.left.pop(0)[1])
            follows = self.left[:2]
            if len(follows) == 2 and follows[0][1] in ("AND", "OR") and follows[1][0] == "path":
                joined = self.left.pop(0)[1]
        self._subject = paths[-1] if paths else self._subject
        return paths or [self._subject], joined

    def _test(self) -> Need:
        words: list[str] = []
        texts: list[str] = []
        number = 0
        while self.left and self._in_test(words):
            kind, value = self.left.pop(0)
            if kind in ("list", "text"):
                texts += re.findall(r"""["']([^"']*)["']""", value)
            elif kind == "number":
                number = int(value)
            else:
                words.append(value)
        return _need(words, tuple(texts), number)

    def _in_test(self, words: list[str]) -> bool:
        """Whether the next token belongs to a test of which these words were read; `LESS THAN OR EQUALS` has an OR."""
        kind, _ = self.left[0]
        joins = self._at("AND") or (self._at("OR") and words[-1:] != ["THAN"])
        return not joins and kind not in ("path", "open", "close")

    def _at(self, *words: str) -> bool:
        return bool(self.left) and self.left[0][0] == "word" and self.left[0][1] in words

    def _take(self, kind: str, value: str = "") -> bool:
        found = bool(self.left) and self.left[0][0] == kind and value in ("", self.left[0][1])
        if found:
            self.left.pop(0)
        return found


def _need(words: list[str], texts: tuple[str, ...], number: int) -> Need:
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
