"""Variants of the functions of datatype mappings for values that hold something in the same components."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.hl7.delimiters import STANDARD
from engine.transforms.fields import Scene
from engine.transforms.held import held_words
from engine.transforms.variants import Variants

COMPONENT, SUBCOMPONENT = STANDARD.component, STANDARD.subcomponent

Read = Callable[..., Any]


def reading(general: Read, parted: Read, variants: Variants[bytes, Read], telling: tuple[int, ...]) -> Read:
    """The function `(value, scene, where)` for whole fields of plain messages.

    One with subcomponents goes to `parted`, the code for any message; others, with their components, to a variant.
    `telling` are the places of components whose words tell much.
    """
    known, count = variants.known, variants.count

    def read(value: str, scene: Scene, where: str) -> Any:
        if SUBCOMPONENT in value:
            return parted(value, COMPONENT, SUBCOMPONENT, scene, where)
        parts = value.split(COMPONENT)
        held = bytes(map(bool, parts))
        if telling:
            held = held_words(held, parts, telling)
        variant = known.get(held) or count(held) or general
        return variant(value, parts, scene, where)

    return read
