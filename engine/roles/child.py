"""A role as a child process: started by the supervisor, stopped by SIGTERM or by the supervisor's end."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from types import FrameType


class Lifeline:
    """The child's ties to its supervisor: a pipe to report on, and standard input, whose end means that it is gone."""

    def __init__(self, status: int | None, worker: int = 0) -> None:
        self._status = status
        self.worker = worker
        """Which process this is of a role that has several, from 0."""
        self._heard, self._told = os.pipe()
        self.stop = threading.Event()

    def hold(self) -> None:
        """Stop on SIGTERM and on the end of standard input; leave Ctrl-C to the supervisor, which gets it too."""
        signal.signal(signal.SIGTERM, self._terminate)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()

    def ready(self, where: str = "") -> None:
        """Report that the role runs."""
        if self._status is not None:
            os.write(self._status, f"{where}\n".encode())

    def _terminate(self, _number: int, _frame: FrameType | None) -> None:
        """Only a write: a second signal may come in the middle of the first, and locks would wait for themselves."""
        os.write(self._told, b"\0")

    def _watch(self) -> None:
        # select and read on the bare descriptors: a lock on sys.stdin would hang the interpreter's end
        ends = [self._heard, sys.stdin.fileno()]
        while not self.stop.is_set():
            ready, _, _ = select.select(ends, [], [])
            if self._heard in ready or not os.read(sys.stdin.fileno(), 1):
                self.stop.set()
