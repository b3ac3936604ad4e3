"""Whose turn it is to write a file of the embedded bus, among all processes of the machine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path

from engine.bus.bus import BusError

PATIENCE = 5.0
"""Seconds that a writer waits for its turn."""

_NAP = 0.0005


class Turn:
    """A lock beside `path`; the death of its holder frees it."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        beside = path.with_name(path.name + ".lock")
        try:
            self._file = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BusError(f"no lock: {error.strerror} ({beside}) - see that the folder can be written") from error

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Runs the block while nobody else has the turn; raises BusError when it does not come in PATIENCE."""
        until = time.monotonic() + PATIENCE
        while not self._try():
            if time.monotonic() > until:
                raise BusError(
                    f"not stored: another process has been writing for {PATIENCE:.0f} s ({self._name})"
                    " - see whether a process of this engine hangs"
                )
            time.sleep(_NAP)
        try:
            yield
        finally:
            flock(self._file, LOCK_UN)

    def close(self) -> None:
        """Let go of the lock's file."""
        os.close(self._file)

    def _try(self) -> bool:
        try:
            flock(self._file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        return True
