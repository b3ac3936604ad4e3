"""Targets of the guide, such as `Encounter.participant[1].individual(Practitioner.name.given)`.

An index names an entry of a list, not which one. Parentheses follow a reference into another resource; around a
datatype (`note(Annotation.text)`) they only say what the element is.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Hop(NamedTuple):
    """Into the resource that is referred to, where it is one of these types."""

    types: tuple[str, ...]


class Target(NamedTuple):
    """A place: a type, the names and hops that lead from it, and the constant that should stand there, if any."""

    root: str
    steps: tuple[str | Hop, ...]
    constant: str = ""


class NoTarget(ValueError):
    """Text that names no place."""


_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*|(?=\[)")
_INDEX = re.compile(r"(?:\[[^\]]*\])*")


def parse_target(text: str) -> Target:
    """The place that the text names; raises NoTarget."""
    place, _, constant = text.partition("=")
    reader = _Reader(place.strip())
    root, steps = reader.path()
    if reader.left:
        raise NoTarget(text)
    return Target(root, steps, constant.strip().strip("\"'"))


class _Reader:
    def __init__(self, text: str) -> None:
        self.left = text

    def path(self) -> tuple[str, tuple[str | Hop, ...]]:
        root = self._name()
        steps = [*self._hop()]
        while self._take("."):
            name = self._name()
            hop = self._hop()
            steps += [*([name] if name and not (name == "reference" and hop) else []), *hop]
        return root, tuple(steps)

    def _hop(self) -> list[str | Hop]:
        if not self._take("("):
            return []
        root, steps = self.path()
        types = [root]
        while self._take("|"):
            types.append(self._name())
        if not self._take(")"):
            raise NoTarget(self.left)
        return [Hop(tuple(types)), *steps]

    def _name(self) -> str:
        match = _NAME.match(self.left)
        if match is None:
            raise NoTarget(self.left)
        self.left = self.left[match.end() :]
        index = _INDEX.match(self.left)
        self.left = self.left[index.end() :] if index else self.left
        return match[0]

    def _take(self, sign: str) -> bool:
        found = self.left.startswith(sign)
        self.left = self.left.removeprefix(sign)
        return found
