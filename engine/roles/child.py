"""A role as a child process: started by the supervisor, stopped by SIGTERM or by the supervisor's end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable

Report = Callable[[str], None]
"""Tells the supervisor that the role runs, with a word on where."""


class Lifeline:
    """The child's ties to its supervisor: a pipe to report on, and standard input, whose end means that it is gone."""

    def __init__(self, status: int | None) -> None:
        self._status = status
        self.stop = threading.Event()

    def hold(self) -> None:
        """Stop on SIGTERM and on the end of standard input; leave Ctrl-C to the supervisor, which gets it too."""
        signal.signal(signal.SIGTERM, lambda _number, _frame: self.stop.set())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()

    def ready(self, where: str = "") -> None:
        """Report that the role runs."""
        if self._status is not None:
            os.write(self._status, f"{where}\n".encode())

    def _watch(self) -> None:
        while os.read(sys.stdin.fileno(), 1):  # unbuffered: a lock on sys.stdin would hang the interpreter's end
            pass
        self.stop.set()
