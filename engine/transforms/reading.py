"""Variants of the functions of datatype mappings for values that hold something in the same components."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from engine.hl7.delimiters import STANDARD
from engine.transforms.fields import Scene
from engine.transforms.held import held_words
from engine.transforms.variants import Variants

COMPONENT, SUBCOMPONENT = STANDARD.component, STANDARD.subcomponent

Read = Callable[..., Any]
Key = TypeVar("Key")


def reading(known: Known, parted: Read, telling: tuple[int, ...]) -> Read:
    """The function `(value, scene, where)` for whole fields of plain messages.

    One with subcomponents goes to `parted`, the code for any message; others, with their components, to a variant.
    `telling` are the places of components whose words tell much.
    """
    likely, told = known.likely, known.told

    def read(value: str, scene: Scene, where: str) -> Any:
        if SUBCOMPONENT in value:
            return parted(value, COMPONENT, SUBCOMPONENT, scene, where)
        parts = value.split(COMPONENT)
        return likely[len(parts)](value, parts, scene, where)

    def read_words(value: str, scene: Scene, where: str) -> Any:
        if SUBCOMPONENT in value:
            return parted(value, COMPONENT, SUBCOMPONENT, scene, where)
        parts = value.split(COMPONENT)
        return told[len(parts), held_words(b"", parts, telling)](value, parts, scene, where)

    return read_words if telling else read


class Known(dict[bytes, Read]):
    """The function for each value by what it holds."""

    def __init__(self, general: Read, variants: Variants[bytes, Read], telling: tuple[int, ...]) -> None:
        super().__init__()
        self._general = general
        self._variants = variants
        self._telling = telling
        self.likely: _Likely[int] = _Likely(self.read)
        self.told: _Likely[tuple[int, bytes]] = _Likely(self.read)
        """The same by the words in the telling components too."""

    def read(self, value: str, parts: list[str], scene: Scene, where: str) -> Any:
        """Read a value by the variant for it, which is the likely one for the next of so many components, and words."""
        stripped = [one.strip() for one in parts]
        words = held_words(b"", parts, self._telling)
        found = self[bytes(map(bool, stripped)) + words]
        if found is not self._general:
            self.likely[len(parts)] = self.told[len(parts), words] = found
        return found(value, stripped, scene, where)

    def __missing__(self, held: bytes) -> Read:
        found = self._variants.count(held)
        if found is None:
            return self._general
        self[held] = found
        return found


class _Likely(dict[Key, Read]):
    """By number of components the variant that was right last; it sees by itself whether it is, and asks others."""

    def __init__(self, others: Read) -> None:
        super().__init__()
        self._others = others

    def __missing__(self, key: Key) -> Read:
        return self._others
