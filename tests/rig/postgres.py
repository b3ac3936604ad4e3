"""A real PostgreSQL of its own for the tests: a new cluster on the loopback address, with fsync on."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg

from tests.rig.process import Child, free_port, wait_until

_DEBIAN = Path("/usr/lib/postgresql")
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "64MB",
    "max_connections": "60",
}


class PostgresMissing(Exception):
    """PostgreSQL's server programs are not on this machine."""


class Postgres:
    """A running PostgreSQL as a context manager; `url` is of its first database.

    initdb and postgres refuse to run as root, so a root session runs them as `postgres` or `nobody`.
    """

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self.url = f"postgresql://engine@127.0.0.1:{self.port}/postgres"
        self._programs = _programs()
        self._user = _unprivileged_user()
        self._directory = Path(tempfile.mkdtemp(prefix="engine-postgres-"))
        self._server = Child(self._as_user("postgres", *self._options()), log)

    def start(self) -> None:
        """Start the server on its files; return when it answers."""
        self._server.start()
        wait_until(self._answers, f"PostgreSQL on port {self.port} ({self._server.log})")

    def stop(self, ask: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT is PostgreSQL's fast shutdown, which rolls back and closes what is open."""
        self._server.stop(ask=ask)

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill9(self) -> None:
        """SIGKILL the server and all its backends, as a machine that loses power would; files stay."""
        backends = _children(self._server.pid)
        self._server.kill9()
        for pid in backends:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(_runs, backends)), "the end of PostgreSQL's backends")

    def pause(self) -> None:
        """SIGSTOP the server: new connections hang."""
        self._server.pause()

    def resume(self) -> None:
        self._server.resume()

    def cpu_seconds(self) -> float:
        """Seconds of processor that the server and those of its processes that still run have used."""
        return sum(map(_cpu_seconds, [self._server.pid, *_children(self._server.pid)]))

    def __enter__(self) -> Self:
        try:
            self._make()
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._remove()

    def _make(self) -> None:
        if self._user:
            shutil.chown(self._directory, self._user, pwd.getpwnam(self._user).pw_gid)
        options = ["-U", "engine", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        command = self._as_user("initdb", "-D", str(self._directory / "cluster"), *options)
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, cwd=self._directory)
        if done.returncode:
            raise RuntimeError(f"initdb failed ({done.returncode}): {done.stderr[-1000:]}")

    def _remove(self) -> None:
        if self._server.alive:
            self.kill9()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _options(self) -> list[str]:
        settings = {**_SETTINGS, "port": str(self.port), "unix_socket_directories": str(self._directory)}
        return ["-D", str(self._directory / "cluster"), *(f"--{key}={value}" for key, value in settings.items())]

    def _as_user(self, program: str, *arguments: str) -> list[str]:
        prefix = ["setpriv", "--reuid", self._user, "--regid", self._user, "--init-groups"] if self._user else []
        return [*prefix, str(self._programs / program), *arguments]

    def _answers(self) -> bool:
        if self._server.died:
            raise RuntimeError(f"PostgreSQL ended at its start ({self._server.log}): {self._server.tail()}")
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextlib.contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """The URL of a new, empty database on the server of `url`; dropped at the end, whoever is still in it."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _programs() -> Path:
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else sorted(_DEBIAN.glob("*/bin"))
    found = [folder for folder in folders if (folder / "initdb").exists()]
    if not found:
        raise PostgresMissing("no initdb found - run `tools/system-packages test`, or set POSTGRES_URL")
    return found[-1]


def _unprivileged_user() -> str:
    if os.geteuid() != 0:
        return ""
    users = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in users else "nobody"


def _children(pid: int) -> list[int]:
    listing = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listing.read_text().split()] if listing.exists() else []


def _cpu_seconds(pid: int) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system
    return 0.0


def _runs(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
