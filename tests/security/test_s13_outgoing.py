"""S13: the engine connects to addresses of its configuration alone, and follows nobody elsewhere."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from engine.commands.doctor.ports import look_at_ports
from engine.config import HttpSettings, Settings
from engine.facilities.destination import read_destination
from tests.test_sources import trees

CONNECTING = {
    "open_connection",
    "create_connection",
    "open_unix_connection",
    "urlopen",
    "httpx",
    "aiohttp",
    "requests",
    "smtplib",
}
KNOWN = {
    "engine/listeners/client.py": "receivers that the registry names, and listeners that `engine send` is told",
    "engine/loaders/query_socket.py": "the loader's Unix socket",
    "engine/alerts/sinks/mail.py": "mail servers that the settings name",
    "engine/alerts/sinks/posting.py": "webhooks and Alertmanagers that the settings name",
    "engine/roles/forward.py": "the observing process's Unix socket",
    "engine/commands/doctor/ports.py": "the engine's own ports",
    "engine/commands/faults/sandbox.py": "the sandbox's own ports",
}
"""The files that connect to anything by themselves, and to what; the bus and the warehouse connect by their clients."""


def connecting(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            yield node.attr if isinstance(node, ast.Attribute) else node.id
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (name.name for name in node.names)


def test_s13_only_known_files_connect_to_anything() -> None:
    assert {path for path, tree in trees("engine/*.py") if CONNECTING & set(connecting(tree))} == set(KNOWN)


def test_s13_no_client_follows_redirects() -> None:
    words = [node.arg for _, tree in trees("engine/*.py") for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    assert "timeout" in words
    assert "follow_redirects" not in words


@pytest.mark.parametrize(
    "text",
    [
        "http://169.254.169.254:80",
        "https://his.example:443/",
        "his.example:2576/path",
        "user@his.example:2576",
        "user:password@his.example:2576",
        "his.example:2576#x",
        "his.example:2576\r\nX: y",
        "his.example:2576\n",
        "his.example:0",
        "his.example:65536",
        "his.example",
        ":2576",
        "../his:2576",
        "/run/socket:1",
        "unix:/run/socket",
        "his example:2576",
        "hís.example:2576",
        "his.example:２５７６",
        "[::1]:2576:1",
        "-his.example:2576",
    ],
)
def test_s13_an_address_is_a_host_and_a_port_and_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        read_destination(text)


class Redirecting(BaseHTTPRequestHandler):
    """Sends everybody to the canary, and counts who comes."""

    hits: list[str]
    target: int

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_response(302)
        self.send_header("Location", f"http://127.0.0.1:{self.target}/canary")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serving(hits: list[str], target: int) -> HTTPServer:
    server = HTTPServer(("127.0.0.1", 0), type("Redirecting", (Redirecting,), {"hits": hits, "target": target}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def test_s13_who_asks_the_engine_of_its_health_is_led_nowhere_else() -> None:
    asked: list[str] = []
    canary: list[str] = []
    with serving(canary, 1) as elsewhere, serving(asked, elsewhere.server_port) as server:
        settings = Settings(http=HttpSettings(port=server.server_port), listeners=())
        list(look_at_ports(settings))
        server.shutdown()
        elsewhere.shutdown()
    assert (asked, canary) == (["/health/live"], [])
