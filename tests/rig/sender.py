"""A stubborn sender that shares no code with the engine: it resends each message until it is acknowledged."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence


class StubbornSender:
    """Sends messages over one connection a part, each waiting for its answer, through every loss of the listener."""

    def __init__(self, port: int, messages: Sequence[tuple[str, bytes]], connections: int = 4) -> None:
        self._port = port
        self._stop = threading.Event()
        self.answers: dict[str, str] = {}
        self.sent = 0
        """Frames sent, resent ones counted again."""
        parts = [messages[first::connections] for first in range(connections)]
        self._threads = [threading.Thread(target=self._send_all, args=(part,), daemon=True) for part in parts]

    def start(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until every message is acknowledged; fail when it takes longer."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))
        if any(thread.is_alive() for thread in self._threads):
            self._stop.set()
            raise AssertionError(f"only {len(self.answers)} messages were acknowledged in {seconds} s")

    def wait_until(self, answered: int, seconds: float) -> None:
        """Wait until so many messages are acknowledged."""
        deadline = time.monotonic() + seconds
        while len(self.answers) < answered:
            assert time.monotonic() < deadline, f"only {len(self.answers)} of {answered} acknowledged"
            time.sleep(0.002)

    def _send_all(self, messages: Sequence[tuple[str, bytes]]) -> None:
        connection: socket.socket | None = None
        for control_id, payload in messages:
            while control_id not in self.answers and not self._stop.is_set():
                try:
                    connection = connection or socket.create_connection(("127.0.0.1", self._port), timeout=10)
                    self.answers[control_id] = self._exchange(connection, control_id, payload)
                except OSError:
                    if connection:
                        connection.close()
                    connection = None
                    time.sleep(0.05)
        if connection:
            connection.close()

    def _exchange(self, connection: socket.socket, control_id: str, payload: bytes) -> str:
        self.sent += 1
        connection.sendall(b"\x0b" + payload + b"\x1c\r")
        answer = b""
        while not answer.endswith(b"\x1c\r"):
            chunk = connection.recv(65536)
            if not chunk:
                raise ConnectionError("closed before the answer")
            answer += chunk
        code, named = next(line for line in answer.split(b"\r") if line.startswith(b"MSA")).split(b"|")[1:3]
        assert named.decode() == control_id, "the answer names another message"
        return code.decode()
