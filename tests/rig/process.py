"""One child process of a test: its log, its signals, its end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Command = Sequence[str | Path]


def free_port() -> int:
    """A TCP port of the loopback address that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dying_with_parent(command: Command) -> list[str]:
    """The command, run so that the kernel kills it when the thread that started it ends (Linux; else as it is)."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    prefix = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
    return [*prefix, *(str(word) for word in command)]


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Return once `ready` is true; raise TimeoutError that names `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} not seen within {seconds:g} s")
        time.sleep(0.05)


class Child:
    """A process that is started, killed, paused and started again; all its output goes to one log file."""

    def __init__(self, command: Command, log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.command = dying_with_parent(command)
        self.log = log
        self.environment = {**os.environ, **environment} if environment else None
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False

    @property
    def pid(self) -> int:
        """The process id. RuntimeError if it was never started."""
        return self._started().pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def died(self) -> bool:
        """True if it ended although nobody asked it to."""
        return self._wanted and not self.alive

    def start(self) -> None:
        """Start it, in a process group of its own, so that Ctrl-C reaches only the tests."""
        self._wanted = True
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
            )

    def send(self, number: signal.Signals) -> None:
        self._started().send_signal(number)

    def pause(self) -> None:
        """SIGSTOP: sockets stay open, nothing answers."""
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.send(signal.SIGCONT)

    def kill9(self) -> None:
        """SIGKILL and wait until the kernel has taken it away."""
        self._wanted = False
        self._started().kill()
        self._started().wait()

    def stop(self, seconds: float = 20.0, ask: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; kill it after `seconds`. Returns the exit code (negative: the signal)."""
        process = self._started()
        self._wanted = False
        if process.poll() is None:
            self.resume()
            process.send_signal(ask)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(seconds)
        self.kill9()
        return process.wait()

    def tail(self, characters: int = 2000) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self.command[0]} was never started - call start() first")
        return self._process
