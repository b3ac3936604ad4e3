"""When to look again, and at what: each time and thing once, however often it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

Wake = tuple[int, str, str]
"""A time, and a rule with its key; or "" with an alert."""


class Wakes:
    """The times to come, the next one first."""

    def __init__(self) -> None:
        self._heap: list[Wake] = []
        self._held: set[Wake] = set()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, at_us: int | None, rule: str, key: str) -> None:
        """Look again then; never where it is None."""
        if at_us is not None and (wake := (at_us, rule, key)) not in self._held:
            self._held.add(wake)
            heappush(self._heap, wake)

    def due(self, now_us: int) -> Iterator[tuple[str, str]]:
        """What is to be looked at by now, also what is added meanwhile."""
        while self._heap and self._heap[0][0] <= now_us:
            wake = heappop(self._heap)
            self._held.discard(wake)
            yield wake[1:]
