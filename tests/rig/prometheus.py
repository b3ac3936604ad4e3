"""A real Prometheus on the loopback address that scrapes one target every half second."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from tests.rig.process import Child, free_port, wait_until


class PrometheusMissing(Exception):
    """The prometheus program is not on this machine."""


class Prometheus:
    """A running Prometheus as a context manager; its files and log are in `directory`."""

    def __init__(self, directory: Path, target: str) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self._config = directory / "prometheus.yml"
        scrape = {"job_name": "engine", "static_configs": [{"targets": [target]}]}
        timing = {"scrape_interval": "500ms", "scrape_timeout": "400ms"}
        self._config.write_text(yaml.safe_dump({"global": timing, "scrape_configs": [scrape]}))
        command = [
            program("prometheus"),
            f"--config.file={self._config}",
            f"--storage.tsdb.path={directory / 'tsdb'}",
            f"--web.listen-address={self.url.removeprefix('http://')}",
        ]
        self._server = Child(command, directory / "prometheus.log")

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an instant query gives now. ValueError with Prometheus' words if it cannot be read."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=5).json()
        if answer["status"] != "success":
            raise ValueError(f"{expression}: {answer['error']}")
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def wait_series(self, expression: str, seconds: float = 20.0) -> None:
        """Return when the query gives a series."""
        wait_until(lambda: bool(self.query(expression)), expression, seconds)

    def __enter__(self) -> Self:
        self._server.start()
        wait_until(self._answers, f"Prometheus ({self._server.log})")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def _answers(self) -> bool:
        if self._server.died:
            raise RuntimeError(f"Prometheus ended at its start ({self._server.log}): {self._server.tail()}")
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=1).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


def program(name: str) -> str:
    """Path of one of Prometheus' programs. PrometheusMissing if it is not there."""
    path = shutil.which(name)
    if path is None:
        raise PrometheusMissing(f"no {name} on the PATH - run `tools/system-packages test`")
    return path
