"""Which files of a folder are complete: those whose size and time have rested for a while."""

from __future__ import annotations

from collections.abc import Iterable

from engine.listeners.folder import Found


class Resting:
    """Remembers since when each file has been as it is, in monotonic seconds."""

    def __init__(self, settle: float) -> None:
        self._settle = settle
        self._since: dict[Found, float] = {}

    def look(self, found: Iterable[Found], now: float) -> list[Found]:
        """Those that have rested long enough, in the order given; what is not given is forgotten."""
        self._since = {one: self._since.get(one, now) for one in found}
        return [one for one, since in self._since.items() if now - since >= self._settle]
