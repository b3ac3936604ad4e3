"""An engine of its own in a folder of its own: nothing of the running one is touched, neither ports nor files."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import orjson

FACILITY = "99999"
ENDING = 30.0
LOOK = 0.1
REGISTRY = f"""facilities:
  - code: "{FACILITY}"
    name: Sandbox
    sector: public
    kind: hospital
    identifier_types: [PI]
    authorities: ["{FACILITY}"]
"""


class SandboxFault(Exception):
    """The engine in the sandbox did not do what it must."""


class Sandbox:
    """`engine run` over `folder`, with the mappings of the settings and one facility; Linux only."""

    def __init__(self, folder: Path, mappings: Path) -> None:
        self.port, self._http = _free_port(), _free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {name: text for name, text in os.environ.items() if not name.startswith("ENGINE_")}
        registry = folder / "registry.yaml"
        registry.write_text(REGISTRY, "utf-8")
        settings = {"home": str(folder / "home"), "registry": str(registry), "mappings": str(mappings.resolve())}
        (folder / "engine.yaml").write_bytes(orjson.dumps(settings))  # JSON is YAML

    def start(self, seconds: float = 90.0) -> None:
        """Start it and return when every role runs; raises SandboxFault."""
        command = self._command("run", "--port", str(self.port), "--metrics-port", str(self._http))
        with (self._folder / "engine.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment, start_new_session=True
            )
        self.wait_ready(seconds)

    def wait_ready(self, seconds: float = 90.0) -> None:
        """Return when every role runs; raises SandboxFault."""
        deadline = time.monotonic() + seconds
        while not self._is_ready():
            if time.monotonic() > deadline or (self._process and self._process.poll() is not None):
                raise SandboxFault(f"the engine does not run within {seconds:g} s - {self._last_line()}")
            time.sleep(LOOK)

    def signal(self, role: str, number: signal.Signals) -> None:
        """Send a signal to each process of a role; `engine` means all there are."""
        engine = self._running()
        if role == "engine":
            os.killpg(engine.pid, number)
            return
        for pid in _children(engine.pid):
            if role in _words(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)

    def forget(self) -> None:
        """Wait until a killed engine is gone."""
        self._running().wait()

    def ask(self, *arguments: str) -> bytes:
        """What another command over the same settings prints, whatever it exits with."""
        done = subprocess.run(
            self._command(*arguments), capture_output=True, env=self._environment, timeout=120, check=False
        )
        return done.stdout

    def stop(self) -> None:
        """End it, by force if it does not end itself."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise SandboxFault("the engine was not started")
        return self._process

    def _command(self, *arguments: str) -> Sequence[str]:
        return [sys.executable, "-m", "engine", *arguments, "--config", str(self._folder / "engine.yaml")]

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            address = f"http://127.0.0.1:{self._http}/health/ready"
            with urllib.request.urlopen(address, timeout=2) as answer:
                return bool(answer.status == 200)
        return False

    def _last_line(self) -> str:
        lines = (self._folder / "engine.log").read_text("utf-8", "replace").splitlines()
        return lines[-1] if lines else "it wrote no log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _words(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return []
