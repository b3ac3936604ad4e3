"""A small HTTP server for tests, in clear or under TLS: it keeps what is posted and answers as a test wants it."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Posted:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebBox:
    """Takes posts on a thread of its own; `statuses` are used up first, then each gets 200."""

    context: ssl.SSLContext | None = None
    statuses: list[int] = field(default_factory=list)
    location: str = ""
    posts: list[Posted] = field(default_factory=list)
    delay: threading.Event | None = None
    """Where set, no answer is given before it."""

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._request_class())
        if self.context:
            self._server.socket = self.context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.delay:
            self.delay.set()
        self._server.shutdown()
        self._server.server_close()

    def _request_class(self) -> type[BaseHTTPRequestHandler]:
        box = self

        class Request(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                if box.delay:
                    box.delay.wait(20)
                box.posts.append(Posted(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(box.statuses.pop(0) if box.statuses else 200)
                if box.location:
                    self.send_header("location", box.location)
                self.send_header("content-length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Request
