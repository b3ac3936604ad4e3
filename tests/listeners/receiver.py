"""A hospital's receiver of application acknowledgments, on a real socket."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from engine.hl7.framing import Framer, frame
from engine.hl7.header import read_header

Says = Callable[[bytes], str | None]
"""The code that answers a payload; None for silence, "" to close the connection."""


class Receiver:
    """Takes application acknowledgments and answers each as `says` tells; closed, it leaves its port to another."""

    def __init__(self, says: Says = lambda _payload: "CA", tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.says = says
        self.received: list[bytes] = []
        self.open = 0
        self._tls = tls
        self._connections: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", port))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    @property
    def answered(self) -> list[str]:
        """MSA-1 and MSA-2 of all that came, as `AA 17`."""
        lines = [payload.split(b"\rMSA|")[1].split(b"\r")[0].split(b"|") for payload in self.received]
        return [f"{line[0].decode()} {line[1].decode()}" for line in lines]

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
                self._connections.append(connection)
                connection = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            except ssl.SSLError:
                continue
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        framer = Framer()
        self.open += 1
        try:
            self._answer(connection, framer)
        finally:
            self.open -= 1

    def _answer(self, connection: socket.socket, framer: Framer) -> None:
        with connection, suppress(OSError):
            while came := connection.recv(65536):
                for found in framer.feed(came):
                    self.received.append(found.payload)
                    code = self.says(found.payload)
                    if code == "":
                        return
                    if code:
                        connection.sendall(_reply(found.payload, code))

    def close(self) -> None:
        """Be gone, with every connection."""
        for one in (self._server, *self._connections):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _reply(payload: bytes, code: str) -> bytes:
    control_id = read_header(payload).control_id
    return frame(b"MSH|^~\\&|||||20260314||ACK|9|P|2.5\rMSA|%b|%b\r" % (code.encode(), control_id))
