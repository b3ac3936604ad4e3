"""The ports that the engine listens on: free, its own, or somebody else's."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx

from engine.commands.doctor.finding import Finding, ill, well
from engine.config import Settings, SocketSettings

PATIENCE = 2.0


def look_at_ports(settings: Settings) -> Iterator[Finding]:
    """Findings on the port of metrics and health, and on that of each listener."""
    running = _engine_answers(settings)
    if running:
        yield well("http", f"an engine answers at {settings.http.host}:{settings.http.port}")
    else:
        yield _look_at_port("http", settings.http.host, settings.http.port)
    for one in settings.listeners:
        if isinstance(one, SocketSettings):
            yield _look_at_listener(one, running)


def _look_at_listener(one: SocketSettings, running: bool) -> Finding:
    what = f"listener {one.name}"
    if running and _takes_connections(one.host, one.port):
        return well(what, f"takes connections at {one.host}:{one.port}")
    if running:
        return ill(what, f"takes none at {one.host}:{one.port}", "look at the log of the role `listen`")
    return _look_at_port(what, one.host, one.port)


def _look_at_port(what: str, host: str, port: int) -> Finding:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        remedy = "stop what has it, or choose another port"
        return ill(what, f"{host}:{port} cannot be had ({error.strerror})", remedy)
    return well(what, f"{host}:{port} is free")


def _engine_answers(settings: Settings) -> bool:
    if settings.http.tls:  # who looks may need a certificate, so that it is asked nothing
        return _takes_connections(settings.http.host, settings.http.port)
    try:
        answer = httpx.get(f"http://{settings.http.host}:{settings.http.port}/health/live", timeout=PATIENCE)
        return bool(answer.json() == {"live": True})
    except (httpx.HTTPError, ValueError):
        return False


def _takes_connections(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), PATIENCE).close()
    except OSError:
        return False
    return True
