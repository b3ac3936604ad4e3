"""A real Prometheus on the loopback address that scrapes one target every half second, and a real Alertmanager."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from tests.rig.plain import NO_AUTHORITIES
from tests.rig.process import Child, free_port, wait_until


class PrometheusMissing(Exception):
    """The prometheus program is not on this machine."""


class Prometheus:
    """A running Prometheus as a context manager; its files and log are in `directory`.

    `facilities`: scrape the engine's facilities too. `rules` are the text of a file of rules, looked at every half
    second; what fires is told to `alertmanager`.
    """

    def __init__(
        self,
        directory: Path,
        target: str,
        *,
        facilities: bool = False,
        rules: str = "",
        alertmanager: Alertmanager | None = None,
    ) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self._config = directory / "prometheus.yml"
        (directory / "rules.yml").write_text(rules)
        told: dict[str, Any] = {"rule_files": [str(directory / "rules.yml")]} if rules else {}
        if alertmanager:
            told["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager.address]}]}]}
        timing = {"scrape_interval": "500ms", "scrape_timeout": "400ms", "evaluation_interval": "500ms"}
        scrapes = _scrapes(target, facilities=facilities)
        self._config.write_text(yaml.safe_dump({"global": timing, "scrape_configs": scrapes, **told}))
        command = [
            program("prometheus"),
            f"--config.file={self._config}",
            f"--storage.tsdb.path={directory / 'tsdb'}",
            f"--web.listen-address={self.url.removeprefix('http://')}",
        ]
        self._server = Child(command, directory / "prometheus.log")

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an instant query gives now. ValueError with Prometheus' words if it cannot be read."""
        answer = httpx.get(
            f"{self.url}/api/v1/query", params={"query": expression}, timeout=5, verify=NO_AUTHORITIES
        ).json()
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
            return httpx.get(f"{self.url}/-/ready", timeout=1, verify=NO_AUTHORITIES).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


def _scrapes(target: str, *, facilities: bool) -> list[dict[str, Any]]:
    targets = [{"targets": [target]}]
    both = [{"job_name": "engine", "static_configs": targets}]
    if facilities:
        both.append({"job_name": "engine-facilities", "metrics_path": "/metrics/facilities", "static_configs": targets})
    return both


class Alertmanager:
    """A running Alertmanager as a context manager, by itself, with this configuration."""

    def __init__(self, directory: Path, configuration: Mapping[str, Any]) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        file = directory / "alertmanager.yml"
        file.write_text(yaml.safe_dump(dict(configuration)))
        command = [
            program("prometheus-alertmanager"),
            f"--config.file={file}",
            f"--storage.path={directory / 'alertmanager'}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
        ]
        self._server = Child(command, directory / "alertmanager.log")

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that it has."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/api/v2/alerts", timeout=5, verify=NO_AUTHORITIES).json()
        return found

    def __enter__(self) -> Self:
        self._server.start()
        wait_until(self._answers, f"Alertmanager ({self._server.log})")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def _answers(self) -> bool:
        if self._server.died:
            raise RuntimeError(f"Alertmanager ended at its start ({self._server.log}): {self._server.tail()}")
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=1, verify=NO_AUTHORITIES).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


def program(name: str) -> str:
    """Path of one of Prometheus' programs. PrometheusMissing if it is not there."""
    path = shutil.which(name)
    if path is None:
        raise PrometheusMissing(f"no {name} on the PATH - run `tools/system-packages test`")
    return path
