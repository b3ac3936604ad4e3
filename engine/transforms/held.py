"""What segments and values hold: which of their fields are not empty, and what follows for the code that reads them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from engine.hl7.delimiters import STANDARD
from engine.hl7.message import Message
from engine.transforms import nodes
from engine.transforms.nodes import Body, constant, name
from engine.transforms.truth import FALSE, TRUE, Facts, Known

Held = tuple[bytes, ...]
"""For each segment that a function takes, what is known of it: of each field whether it holds something, and more.

Its byte tells too whether it repeats, or has subcomponents; behind the fields stand the words of those that tell much.
"""

NOTHING = b""
"""What a segment holds that is not there."""

SEVERAL = b"+"
"""Stands for any number of segments, one at least."""

REPETITION, SUBCOMPONENT = STANDARD.repetition, STANDARD.subcomponent

_REPEATS, _PARTED = 2, 4
"""Marks of a field that repeats, and of one that has subcomponents."""

_WORD = b"\xff"
"""Stands before a word."""

LONGEST_WORD = 3
MOST_WORDS = 4096


class Told(NamedTuple):
    """What is known of the segments that a function takes: what they hold, and the fields whose words that tells."""

    held: Held
    telling: Mapping[str, Sequence[int]]


class Filled(NamedTuple):
    """The statements that put the fields into locals, what is known of locals, and where each field is found."""

    prelude: Body
    facts: Facts
    items: dict[tuple[str, int], ast.expr]
    without: dict[str, str]
    """Of locals the separators that they do not hold."""
    stripped: frozenset[str] = frozenset()
    """The locals that have no blanks around what they hold."""
    likely: Mapping[str, str] = MappingProxyType({})
    """By function of a datatype mapping its variants, by number of components."""


def hold(message: Message, rows: list[list[str]], used: Sequence[int], telling: Mapping[str, Sequence[int]]) -> Held:
    """What the segments of a plain message hold that are used, by place; `telling` are fields by segment."""
    lines, names = message.lines, message.names
    held = [NOTHING] * len(rows)
    for place in used:
        row, line, numbers = rows[place], lines[place], telling.get(names[place])
        mask = bytes(map(bool, row)).rstrip(b"\0")
        if REPETITION in line or SUBCOMPONENT in line:
            mask = bytes(map(_mark, row)).rstrip(b"\0")
        held[place] = held_words(mask, row, numbers) if numbers else mask
    return tuple(held)


def held_words(mask: bytes, row: Sequence[str], numbers: Sequence[int]) -> bytes:
    """What is held, and the words that stand in the fields of these numbers."""
    for number in numbers:
        mask += _words[row[number]] if number < len(row) else _WORD
    return mask


class _Words(dict[str, bytes]):
    """Words as they stand in what is held; what is no word gives none, and is not remembered."""

    def __missing__(self, text: str) -> bytes:
        if len(text) > LONGEST_WORD or not text.isascii() or not text.isalnum():
            return _WORD
        if len(self) > MOST_WORDS:
            self.clear()
        word = self[text] = _WORD + text.encode()
        return word


_words = _Words()


def word_of(text: str) -> str:
    """The text where it is a word that is told, else ""."""
    return _words[text][1:].decode()


def _mark(field: str) -> int:
    return (field != "") | _REPEATS * (REPETITION in field) | _PARTED * (SUBCOMPONENT in field)


def fill(
    inputs: Sequence[str], many: Sequence[str], read: Mapping[str, Sequence[tuple[int, str]]], told: Told
) -> Filled:
    """What is known of the locals of a function that takes these segments."""
    filled = Filled([], {}, {}, {})
    for segment, one in zip(inputs, told.held, strict=False):
        mask, *words = one.split(_WORD)
        filled.facts[segment] = TRUE if mask else FALSE
        known = dict(zip(told.telling.get(segment, ()), words, strict=False))
        for number, local in read[segment]:
            _fill(filled, (segment, number), local, _known(mask, number, known), _without(mask, number))
    for segment, one in zip(many, told.held[len(inputs) :], strict=True):
        filled.facts[f"all_{segment}"] = TRUE if one else FALSE
    return filled


def fill_value(components: Sequence[tuple[int, str]], held: bytes, telling: Sequence[int]) -> Filled:
    """What is known of the locals of a function that takes a value, in whose components this is held.

    They are filled before, by what asks whether the value is such a one.
    """
    mask, *words = held.split(_WORD)
    known = dict(zip(telling, words, strict=False))
    stripped = frozenset(local for _, local in components)
    filled = Filled([], {"value": TRUE}, {}, {"value": SUBCOMPONENT}, stripped)
    for number, local in components:
        _fill(filled, ("parts", number), local, _known(mask, number, known), SUBCOMPONENT)
    filled.prelude.clear()
    return filled


def mask_of(held: bytes) -> bytes:
    """What tells of each component whether it is filled, without the words."""
    return held.partition(_WORD)[0]


def _without(mask: bytes, number: int) -> str:
    """The separators that a field does not hold."""
    marks = mask[number] if number < len(mask) else 0
    return REPETITION * (not marks & _REPEATS) + SUBCOMPONENT * (not marks & _PARTED)


def _known(mask: bytes, number: int, words: Mapping[int, bytes]) -> Known:
    if number >= len(mask) or not mask[number]:
        return constant("")
    return constant(words[number].decode()) if words.get(number) else TRUE


def _fill(filled: Filled, item: tuple[str, int], local: str, known: Known, without: str) -> None:
    filled.facts[local] = known
    filled.items[item] = known if isinstance(known, ast.Constant) else name(local)
    filled.without[local] = without
    if not isinstance(known, ast.Constant):
        filled.prelude.append(nodes.assign(local, nodes.item(*item)))
