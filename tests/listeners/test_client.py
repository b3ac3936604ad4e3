"""The client: which answer is whose, and what happens when none comes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Self

import pytest

from engine.hl7.acknowledgment import AcknowledgmentCode as Code
from engine.hl7.framing import Framer, FramingFault
from engine.listeners.client import Client, Unanswered, expect
from tests.listeners.running import framed, listening, message
from tests.rig.process import wait_until


def acknowledgment(control_id: str, code: str = "AA") -> bytes:
    return framed(f"MSH|^~\\&|||||20260314||ACK|9|P|2.5\rMSA|{code}|{control_id}\r".encode())


Script = Callable[[int, int], bytes | None]
"""What to answer to frame number N of connection number M; None closes the connection."""


class Scripted:
    """A listener that answers as it is told: what real ones do wrong."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.connections = 0
        self.received: list[tuple[int, bytes]] = []
        self.ended: list[int] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        framer, count = Framer(), 0
        with connection, contextlib.suppress(ConnectionError):  # who has waited enough may reset it
            while received := connection.recv(65536):
                for found in framer.feed(received):
                    count += 1
                    self.received.append((number, found.payload))
                    answer = self._script(number, count)
                    if answer is None:
                        return
                    connection.sendall(answer)
        self.ended.append(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


def run(port: int, scenario: Callable[[Client], Coroutine[Any, Any, None]], timeout: float = 5.0) -> Client:
    client = Client("127.0.0.1", port, timeout)

    async def play() -> None:
        try:
            await scenario(client)
        finally:
            client.close()

    asyncio.run(play())
    return client


@pytest.mark.parametrize(
    ("msh", "certain"),
    [
        ({}, True),
        ({15: "AL", 16: "NE"}, True),
        ({15: "XX"}, True),
        ({15: "NE", 16: "NE"}, False),
        ({16: "AL"}, False),
        ({15: "ER"}, False),
        ({15: "SU"}, False),
        ({9: "ACK"}, False),
    ],
)
def test_the_message_says_whether_it_is_owed_an_answer(msh: dict[int, str], certain: bool) -> None:
    expected = expect(message("17", msh=msh))
    assert (expected.certain, expected.control_id) == (certain, b"17")


def test_what_is_no_message_is_owed_one_all_the_same() -> None:
    assert expect(b"hello").certain


def test_each_message_gets_the_code_of_its_answer(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        assert await client.send(message("1")) is Code.AA
        assert await client.send(message("2", msh={12: "x"})) is Code.AR
        assert await client.send(message("3", msh={15: "AL"})) is Code.CA
        assert await client.send(message("4", msh={15: "ER", 11: "X"})) is Code.CR
        assert await client.send(b"hello") is Code.AR

    with listening(tmp_path) as running:
        run(running.port, scenario)


@pytest.mark.parametrize("msh", [{15: "NE", 16: "NE"}, {9: "ACK"}, {15: "ER"}])
def test_a_message_that_is_owed_no_answer_is_waited_for_briefly(tmp_path: Path, msh: dict[int, str]) -> None:
    async def scenario(client: Client) -> None:
        began = time.monotonic()
        assert await client.send(message("1", msh=msh)) is None
        assert time.monotonic() - began < 10
        assert await client.send(message("2")) is Code.AA

    with listening(tmp_path) as running:
        assert run(running.port, scenario, timeout=20).stale == 0


def test_an_answer_to_another_message_is_dropped_and_counted() -> None:
    async def scenario(client: Client) -> None:
        assert await client.send(message("1")) is Code.AE

    answers = acknowledgment("0") + framed(b"noise") + acknowledgment("1", "AE")
    with Scripted(lambda _connection, _frame: answers) as server:
        assert run(server.port, scenario).stale == 2


def test_without_an_answer_the_connection_is_closed_before_the_message_is_sent_again() -> None:
    async def scenario(client: Client) -> None:
        with pytest.raises(Unanswered, match="no answer within 2 s"):
            await client.send(message("1"))
        assert await client.send(message("1")) is Code.AA

    def answer_when_the_first_has_ended(connection: int, _frame: int) -> bytes:
        if connection == 1:
            return b""
        wait_until(lambda: 1 in server.ended, "the end of the first connection", 1)
        return acknowledgment("1")

    with Scripted(answer_when_the_first_has_ended) as server:
        run(server.port, scenario, timeout=2)
        assert [number for number, _ in server.received] == [1, 2]


def test_a_late_answer_is_never_taken_for_that_of_the_next_message() -> None:
    def late(connection: int, _frame: int) -> bytes:
        if connection == 1:
            time.sleep(1.3)
            return acknowledgment("1", "AR")
        return acknowledgment("2")

    async def scenario(client: Client) -> None:
        with pytest.raises(Unanswered):
            await client.send(message("1"))
        assert await client.send(message("2")) is Code.AA

    with Scripted(late) as server:
        run(server.port, scenario, timeout=1)


def test_a_connection_closed_before_the_answer_leaves_the_message_unanswered() -> None:
    async def scenario(client: Client) -> None:
        with pytest.raises(Unanswered, match="closed before the answer"):
            await client.send(message("1"))
        assert await client.send(message("2")) is Code.AA

    with Scripted(lambda connection, _frame: None if connection == 1 else acknowledgment("2")) as server:
        run(server.port, scenario)


def test_a_payload_with_the_signs_of_mllp_is_not_sent(tmp_path: Path) -> None:
    async def scenario(client: Client) -> None:
        with pytest.raises(FramingFault):
            await client.send(message("1", rest="OBX|1|TX|||\x1c\r\x0bMSH"))

    with listening(tmp_path) as running:
        run(running.port, scenario)
        assert running.raw() == []


def test_no_listener_is_an_os_error() -> None:
    async def scenario(client: Client) -> None:
        with pytest.raises(OSError, match=r"refused|failed"):
            await client.send(message("1"))

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    run(port, scenario)
