"""Variants of the functions of a resource for segments that hold something in the same fields again and again.

A variant is compiled when such segments have come often: what it saves on each has to pay for that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from engine.transforms.compile import Late, Make, Test
from engine.transforms.held import Held

SEEN = 300
"""So often segments have come before there is a variant for them."""

MOST = 32
"""Variants of the functions of one rule."""

MOST_COUNTED = 256
"""Combinations counted at a time."""


class Variant(NamedTuple):
    """What makes a resource of such segments."""

    make: Make | None
    """None where nothing is made of them."""
    test: Test | None
    late: Late | None


class Variants:
    """The variants of the functions of one rule, by what the segments hold.

    `compile_it` gives None where there are enough of them in all.
    """

    def __init__(self, compile_it: Callable[[Held], Variant | None]) -> None:
        self._compile = compile_it
        self._counts: dict[Held, int] = {}
        self.known: dict[Held, Variant] = {}

    def count(self, held: Held) -> Variant | None:
        """Note that such segments came, for which nothing is known: the variant when it is time for one."""
        counts = self._counts
        seen = counts[held] = counts.get(held, 0) + 1
        if seen < SEEN:
            if len(counts) > MOST_COUNTED:
                counts.clear()
            return None
        found = self._compile(held) if len(self.known) < MOST else None
        if found:
            self.known[held] = found
        del counts[held]
        return found
