"""Variants of a function for what holds something in the same places again and again.

A variant is compiled when such have come often: what it saves on each has to pay for that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

SEEN = 300
"""So often one has to come before there is a variant for it."""

MOST = 32
"""Variants of one function."""

MOST_COUNTED = 256
"""How many are counted at a time."""

Held = TypeVar("Held", bound=Hashable)
Variant = TypeVar("Variant")


class Variants(Generic[Held, Variant]):
    """The variants of one function, by what is held; `compile_it` gives None where there are enough of them in all."""

    def __init__(self, compile_it: Callable[[Held], Variant | None]) -> None:
        self.compile_it = compile_it
        self._counts: dict[Held, int] = {}
        self.known: dict[Held, Variant] = {}

    def count(self, held: Held) -> Variant | None:
        """Note that one came for which there is no variant: the variant when it is time for one."""
        counts = self._counts
        seen = counts[held] = counts.get(held, 0) + 1
        if seen < SEEN:
            if len(counts) > MOST_COUNTED:
                counts.clear()
            return None
        found = self.compile_it(held) if len(self.known) < MOST else None
        if found is not None:
            self.known[held] = found
        counts.pop(held, None)
        return found
