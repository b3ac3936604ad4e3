"""The engine as a user runs it: `engine` as a child process on ports of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

LOCALHOST = "127.0.0.1"
READY_SECONDS = 30.0
ENGINE = (sys.executable, "-m", "engine")


class EngineFailed(Exception):
    """The engine did not do what the demo asked."""


def free_port() -> int:
    """A TCP port of this machine that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        return int(probe.getsockname()[1])


class RunningEngine:
    """`engine run` over `home` while the context lasts; raises EngineFailed when it does not become ready."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.metrics_port = free_port()
        self.log = home / "engine.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        ports = ("--port", str(self.port), "--metrics-port", str(self.metrics_port))
        command = [*ENGINE, "run", "--home", str(self.home), *ports]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            self._wait_ready(self._process)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop()

    def page(self, path: str) -> httpx.Response:
        """What the engine's HTTP port answers; raises httpx.TransportError when it does not."""
        return httpx.get(f"http://{LOCALHOST}:{self.metrics_port}{path}", timeout=5)

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if self._ready():
                return
            time.sleep(0.05)
        raise EngineFailed(f"the engine is not ready; the end of {self.log} says:\n{self.log.read_text()[-2000:]}")

    def _ready(self) -> bool:
        try:
            return self.page("/health/ready").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
