"""Files that people change while the engine runs: what they say counts when they stand still."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

Stamp = frozenset[tuple[str, int, int, int]]
"""The files that are there, with what changes when one of them is written or put in place of another."""


def stamp_of(files: Iterable[str | Path]) -> Stamp:
    """The files as they stand; take it before they are read, so that what changes meanwhile is seen the next time."""
    found = []
    for path in files:
        with suppress(FileNotFoundError):  # gone since it was looked for
            stat = os.stat(path)
            found.append((str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return frozenset(found)


class Quiet:
    """Looks at files now and then; a change counts once two looks, a while apart, see the same."""

    def __init__(self, files: Callable[[], Iterable[str | Path]]) -> None:
        """Take the files as they are now for known; read them after this."""
        self._files = files
        self._taken = self._seen = self._see()

    def settled(self) -> bool:
        """Whether there is a change that has come to rest since the look before; it is told once."""
        before, self._seen = self._seen, self._see()
        if self._seen != before or self._seen == self._taken:
            return False
        self._taken = self._seen
        return True

    def moved(self) -> bool:
        """Whether something changed since the last look, so that what was read since may be half of each."""
        return self._see() != self._seen

    def _see(self) -> Stamp:
        return stamp_of(self._files())
