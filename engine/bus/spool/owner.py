"""Who owns a spool's folder: one process at a time, by a lock that its death frees."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from engine.bus.bus import BusError
from engine.bus.spool.segment import find_segments

PATIENCE = 10.0
"""Seconds that a process waits for the one before it to let go of the folder."""

_NAP = 0.05


class Owner:
    """Owns a folder until it is closed; raises BusError when another process does."""

    def __init__(self, folder: Path, patience: float = PATIENCE) -> None:
        self.folder = folder
        try:
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
            self._file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            what = f"no spool: {error.strerror} ({folder})"
            raise BusError(f"{what} - see that the folder can be made and written") from error
        until = time.monotonic() + patience
        while not self._try():
            if time.monotonic() >= until:
                os.close(self._file)
                raise BusError(
                    f"no spool: another process has it ({folder}) - stop it, or give this one a home of its own"
                )
            time.sleep(_NAP)

    def close(self) -> None:
        """Let others have the folder."""
        os.close(self._file)

    def _try(self) -> bool:
        try:
            flock(self._file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        return True


def holds_segments(root: Path) -> bool:
    """Whether some spool below `root` may hold records that are not forwarded."""
    return root.is_dir() and any(find_segments(folder)[0] for folder in root.iterdir() if folder.is_dir())


def left_behind(root: Path, workers: int) -> Iterator[Owner]:
    """The folders below `root` that hold segments, and that no worker has or will have; they are owned from now on."""
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if folder.name.isdecimal() and int(folder.name) >= workers and find_segments(folder)[0]:
            try:
                yield Owner(folder, patience=0)
            except BusError:
                continue
