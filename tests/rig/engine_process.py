"""A real engine for tests: `engine run` as an operator starts it, in a process group of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from tests.rig.plain import NO_AUTHORITIES
from tests.rig.process import free_port


class EngineProcess:
    """`engine run` over `home`, started again at will on the same ports."""

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None, options: tuple[str, ...] = ()) -> None:
        self.home = home
        self.port = free_port()
        self.metrics_port = free_port()
        self.environment = {**os.environ, **(environment or {})}
        self.log = home.with_suffix(".log")
        self.options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the supervisor, whose children are the roles."""
        assert self._process is not None
        return self._process.pid

    def command(self, *arguments: str) -> list[str]:
        """An `engine` command line as this project's interpreter runs it."""
        return [sys.executable, "-m", "engine", *arguments]

    def start(self, seconds: float = 90) -> None:
        """Start, and return when every role runs."""
        ports = ("--port", str(self.port), "--metrics-port", str(self.metrics_port))
        arguments = self.command("run", "--home", str(self.home), *ports, *self.options)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                arguments, stdout=log, stderr=log, env=self.environment, start_new_session=True
            )
        self._wait_ready(seconds)

    def _wait_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                if self.get("/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the engine is not ready: {self.log.read_text()[-3000:]}")

    def get(self, path: str) -> httpx.Response:
        """What the engine's HTTP port answers."""
        return httpx.get(f"http://127.0.0.1:{self.metrics_port}{path}", timeout=5, verify=NO_AUTHORITIES)

    def run(self, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run another `engine` command over the same home."""
        command = self.command(*arguments)
        if arguments[0] in {"audit", "reconcile", "query", "replay", "dead", "digest", "persons"}:
            command += ["--home", str(self.home)]
        return subprocess.run(
            command, capture_output=True, text=True, env=self.environment, timeout=seconds, check=False
        )

    def kill9(self) -> None:
        """End every process of the engine at once, as a power cut would."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self, seconds: float = 30) -> int:
        """Ask the engine to end as an operator would; gives its exit code."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise

    def state(self) -> dict[str, Any]:
        """What /health/ready says."""
        found: dict[str, Any] = self.get("/health/ready").json()
        return found

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
