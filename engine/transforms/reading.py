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


def reading(known: Known, parted: Read, telling: tuple[int, ...]) -> Read:
    """The function `(value, scene, where)` for whole fields of plain messages.

    One with subcomponents goes to `parted`, the code for any message; others, with their components, to a variant.
    `telling` are the places of components whose words tell much.
    """
    likely = known.likely

    def read(value: str, scene: Scene, where: str) -> Any:
        if SUBCOMPONENT in value:
            return parted(value, COMPONENT, SUBCOMPONENT, scene, where)
        parts = value.split(COMPONENT)
        return likely[len(parts)](value, parts, scene, where)

    def read_words(value: str, scene: Scene, where: str) -> Any:
        if SUBCOMPONENT in value:
            return parted(value, COMPONENT, SUBCOMPONENT, scene, where)
        parts = value.split(COMPONENT)
        return known[held_words(bytes(map(bool, parts)), parts, telling)](value, parts, scene, where)

    return read_words if telling else read


class Known(dict[bytes, Read]):
    """The function for each value by what it holds."""

    def __init__(self, general: Read, variants: Variants[bytes, Read]) -> None:
        super().__init__()
        self._general = general
        self._variants = variants
        self.likely = _Likely(self.read)

    def read(self, value: str, parts: list[str], scene: Scene, where: str) -> Any:
        """Read a value by the variant for it, which is the likely one for the next of so many components."""
        stripped = [one.strip() for one in parts]
        found = self[bytes(map(bool, stripped))]
        if found is not self._general:
            self.likely[len(parts)] = found
        return found(value, stripped, scene, where)

    def __missing__(self, held: bytes) -> Read:
        found = self._variants.count(held)
        if found is None:
            return self._general
        self[held] = found
        return found


class _Likely(dict[int, Read]):
    """By number of components the variant that was right last; it sees by itself whether it is, and asks others."""

    def __init__(self, others: Read) -> None:
        super().__init__()
        self._others = others

    def __missing__(self, number: int) -> Read:
        return self._others
