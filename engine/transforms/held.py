"""What segments hold: which of their fields are not empty, and what follows from it for the code that reads them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.transforms import nodes
from engine.transforms.nodes import Body, constant, name
from engine.transforms.truth import FALSE, TRUE, Facts

NOTHING = b""
"""What a segment holds that is not there."""

SEVERAL = b"+"
"""Stands for any number of segments, one at least."""


Held = tuple[bytes, ...]
"""For each segment that a function takes, which of its fields hold something."""


class Filled(NamedTuple):
    """The statements that put the fields into locals, what is known of locals, and where each field is found."""

    prelude: Body
    facts: Facts
    items: dict[tuple[str, int], ast.expr]


def held_by(fields: Sequence[str]) -> bytes:
    """Which fields hold something: a byte for each up to the last of them."""
    return bytes(map(bool, fields)).rstrip(b"\0")


def fill(
    inputs: Sequence[str], many: Sequence[str], read: Mapping[str, Sequence[tuple[int, str]]], held: Sequence[bytes]
) -> Filled:
    """What is known of the locals of a function that takes these segments, `held` by them in order."""
    filled = Filled([], {}, {})
    for segment, mask in zip(inputs, held, strict=False):
        filled.facts[segment] = TRUE if mask else FALSE
        for number, local in read[segment]:
            _fill(filled, segment, number, local, is_held=number < len(mask) and bool(mask[number]))
    for segment, mask in zip(many, held[len(inputs) :], strict=True):
        filled.facts[f"all_{segment}"] = TRUE if mask else FALSE
    return filled


def fill_value(components: Sequence[tuple[int, str]], held: bytes) -> Filled:
    """What is known of the locals of a function that takes a value, in whose components this is held."""
    filled = Filled([], {"value": TRUE}, {})
    for number, local in components:
        _fill(filled, "parts", number, local, is_held=number < len(held) and bool(held[number]))
    return filled


def _fill(filled: Filled, segment: str, number: int, local: str, *, is_held: bool) -> None:
    filled.facts[local] = TRUE if is_held else constant("")
    filled.items[segment, number] = name(local) if is_held else constant("")
    if is_held:
        filled.prelude.append(nodes.assign(local, nodes.item(segment, number)))
