"""Conditions: when an element, a resource or a route applies.

    CONDITION = ALL ("or" ALL)*        ALL = ONE ("and" ONE)*        ONE = "not" ONE | "(" CONDITION ")" | TEST
    TEST      = OPERAND ("=" | "!=") TEXT ("|" TEXT)*  |  OPERAND ("<" | ">" | "<=" | ">=") NUMBER
              | PATH "begins" TEXT ("|" TEXT)*  |  PATH ["not"] "valued"  |  PATH "is" ["not"] (TYPE | PATH)
    OPERAND   = PATH | "count" "(" PATH ")" | "length" "(" PATH ")"

`=` holds when any value equals any alternative, `begins` when it begins with it; an absent field equals nothing, so
`!=` holds for it. `is` holds when the value can be read as that type, or when it is there and equals that of the other
path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from engine.language.fault import Mark, Text, nearest
from engine.language.path import FieldPath, Path
from engine.language.scan import PathReader, Scanner

DEEPEST = 32
NOWHERE = Mark("")
"""The place of what was not read from a file."""

Measure = Literal["value", "count", "length"]
Order = Literal["<", ">", "<=", ">="]

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?\Z")
_ORDERS: dict[str, Order] = {"<": "<", ">": ">", "<=": "<=", ">=": ">="}
_MEASURES: dict[str, Measure] = {"count": "count", "length": "length"}


@dataclass(frozen=True, slots=True)
class Equals:
    """Any value at the path is one of the texts; of a count or a length, the number is."""

    path: Path
    measure: Measure
    texts: tuple[str, ...]
    mark: Mark = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Begins:
    """Any value at the path begins with one of the texts."""

    path: Path
    texts: tuple[str, ...]
    mark: Mark = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Compares:
    """Any value at the path is a number in this order to `number`."""

    path: Path
    measure: Measure
    order: Order
    number: float
    mark: Mark = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Valued:
    """The path holds something other than an HL7 null."""

    path: Path
    mark: Mark = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Reads:
    """The value at the path can be read as a built-in type."""

    path: Path
    type: str
    mark: Mark = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Same:
    """The value at the path is there, and is that of the other path."""

    path: Path
    other: Path
    mark: Mark = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One part holds."""

    parts: tuple[Condition, ...]


Leaf = Equals | Begins | Compares | Valued | Reads | Same
Condition = Leaf | Not | All | Any


def parse_condition(text: Text, read: PathReader, example: str) -> Condition:
    """Read a condition; raises Faults that point into it."""
    parser = _Parser(Scanner(text), read, example)
    condition = parser.any(0)
    parser.scanner.end()
    return condition


def parts_of(condition: Condition) -> Iterator[Leaf]:
    """Every single test of a condition."""
    if isinstance(condition, Not):
        yield from parts_of(condition.part)
    elif isinstance(condition, All | Any):
        for part in condition.parts:
            yield from parts_of(part)
    else:
        yield condition


def paths_of(condition: Condition) -> Iterator[Path]:
    """Every path that a condition looks at."""
    for part in parts_of(condition):
        yield part.path
        if isinstance(part, Same):
            yield part.other


class _Parser:
    """Recursive descent over the words of one condition."""

    def __init__(self, scanner: Scanner, read: PathReader, example: str) -> None:
        self.scanner = scanner
        self._read = read
        self._example = example

    def any(self, depth: int) -> Condition:
        parts = [self._all(depth)]
        while self.scanner.accept("or"):
            parts.append(self._all(depth))
        return Any(tuple(parts)) if len(parts) > 1 else parts[0]

    def _all(self, depth: int) -> Condition:
        parts = [self._one(depth)]
        while self.scanner.accept("and"):
            parts.append(self._one(depth))
        return All(tuple(parts)) if len(parts) > 1 else parts[0]

    def _one(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise self.scanner.fault("M201", f"is nested deeper than {DEEPEST}", "make it flatter", 0)
        if self.scanner.accept("not"):
            return Not(self._one(depth + 1))
        if self.scanner.accept("("):
            inner = self.any(depth + 1)
            self._expect(")")
            return inner
        return self._test()

    def _test(self) -> Condition:
        measure: Measure = _MEASURES.get(self.scanner.peek(), "value")
        if measure != "value":
            self.scanner.take("")
            self._expect("(")
        path, mark = self.scanner.placed_path(self._read, self._example)
        if measure != "value":
            self._expect(")")
        return self._relation(path, measure, mark)

    def _relation(self, path: Path, measure: Measure, mark: Mark) -> Condition:
        word = self.scanner.take("=, !=, <, >, begins, valued or is")
        if word.text in ("=", "!="):
            equals = Equals(path, measure, self._texts(), mark)
            return equals if word.text == "=" else Not(equals)
        if word.text in _ORDERS:
            return Compares(path, measure, _ORDERS[word.text], self._number(), mark)
        if measure == "value" and not word.quoted:
            if word.text == "begins":
                return Begins(path, self._texts(), mark)
            if word.text == "valued":
                return Valued(path, mark)
            if word.text == "not" and self.scanner.accept("valued"):
                return Not(Valued(path, mark))
            if word.text == "is":
                return self._reads(path, mark)
        what = f"{word.text!r} stands where =, !=, <, >, begins, valued or is should follow"
        hint = nearest(word.text, ("begins", "valued", "is", "not")) or "write =, !=, <, >, begins, valued or is"
        raise self.scanner.fault("M208", what, hint, word.offset)

    def _reads(self, path: Path, mark: Mark) -> Condition:
        negated = self.scanner.accept("not")
        word = self.scanner.take("a type or a path").text
        other = self._read(word)
        test = Same(path, other, mark) if isinstance(other, FieldPath) else Reads(path, word, mark)
        return Not(test) if negated else test

    def _texts(self) -> tuple[str, ...]:
        texts = [self._text()]
        while self.scanner.accept("|"):
            texts.append(self._text())
        return tuple(texts)

    def _text(self) -> str:
        word = self.scanner.take("a text")
        if not word.quoted and word.text in ("|", "&", "(", ")", "=", "!=", "<", ">", "<=", ">="):
            raise self.scanner.fault("M209", f"{word.text!r} stands where a text should", "quote it", word.offset)
        return word.text

    def _number(self) -> float:
        word = self.scanner.take("a number")
        if not _NUMBER.match(word.text):
            raise self.scanner.fault("M210", f"{word.text!r} is no number", "write one such as 6.5", word.offset)
        return float(word.text)

    def _expect(self, sign: str) -> None:
        word = self.scanner.take(sign)
        if word.text != sign or word.quoted:
            raise self.scanner.fault("M211", f"{word.text!r} stands where {sign} should", f"write {sign}", word.offset)
