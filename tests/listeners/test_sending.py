"""Sending files of messages, to a listener and to where none is."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from pathlib import Path

import pytest

from engine.listeners.sending import Delivery, Line, Result, SendFault, send
from tests.listeners.producers import Held
from tests.listeners.running import Running, framed, listening, message, seconds
from tests.listeners.test_client import Scripted, acknowledgment


def write(folder: Path, name: str, *payloads: bytes) -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"".join(payloads))
    return folder / name


def test_each_message_of_files_and_folders_has_its_result(tmp_path: Path) -> None:
    folder = tmp_path / "messages"
    write(folder, "a.hl7", message("1"), message("2"))
    write(folder, "b/c.txt", message("3", msh={12: "x"}))
    write(folder, "b/d.mllp", framed(message("4", msh={15: "NE"})), framed(message("5")))
    write(folder, "e.hl7", message("6", rest="OBX|1|TX|||\x1c\r"))
    heard: list[Delivery] = []
    with listening(tmp_path / "bus") as running:
        summary = asyncio.run(send([folder], Line(port=running.port), heard.append))
        assert len(running.raw()) == 4
    found = [(delivery.path.name, delivery.number, delivery.result, delivery.code) for delivery in summary.deliveries]
    assert found == [
        ("a.hl7", 1, Result.ANSWERED, "AA"),
        ("a.hl7", 2, Result.ANSWERED, "AA"),
        ("c.txt", 1, Result.ANSWERED, "AR"),
        ("d.mllp", 1, Result.SILENT, None),
        ("d.mllp", 2, Result.ANSWERED, "AA"),
        ("e.hl7", 1, Result.UNSENDABLE, None),
    ]
    assert tuple(heard) == summary.deliveries
    assert summary.codes == Counter({"AA": 3, "AR": 1})
    assert summary.results == Counter({"answered": 4, "silent": 1, "unsendable": 1})
    assert summary.unanswered == ()
    assert 0 < summary.latency(50) <= summary.latency(99) < 5


def test_over_several_connections_each_file_keeps_its_order(tmp_path: Path) -> None:
    folder = tmp_path / "messages"
    for file in range(8):
        payloads = [message(f"{file}-{number}", rest=f"PID|1||{file}\r") for number in range(10)]
        write(folder, f"{file}.hl7", *payloads)
    with listening(tmp_path / "bus") as running:
        summary = asyncio.run(send([folder], Line(port=running.port, connections=4)))
        raw = running.raw()
    assert summary.codes == Counter({"AA": 80})
    for file in range(8):
        sent = [payload for payload in raw if f"PID|1||{file}\r".encode() in payload]
        assert sent == [message(f"{file}-{number}", rest=f"PID|1||{file}\r") for number in range(10)]
    assert running.count("engine_connections_opened_total") == 4


def test_a_rate_is_kept(tmp_path: Path) -> None:
    file = write(tmp_path, "a.hl7", *(message(str(number)) for number in range(40)))
    with listening(tmp_path / "bus") as running:
        began = time.monotonic()
        asyncio.run(send([file], Line(port=running.port, rate=80)))
        assert 0.4 < time.monotonic() - began < 3


def test_a_message_without_an_answer_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, "a.hl7", message("1"), message("2"))
    with Scripted(lambda _connection, frame: b"" if frame == 1 else acknowledgment("2")) as server:
        summary = asyncio.run(send([file], Line(port=server.port, timeout=0.2)))
    assert [(delivery.number, delivery.result, delivery.attempts) for delivery in summary.unanswered] == [
        (1, Result.UNANSWERED, 1),
        (2, Result.UNANSWERED, 1),
    ]
    assert summary.latency(50) == 0


def test_a_message_is_sent_again_until_it_is_acknowledged(tmp_path: Path) -> None:
    file = write(tmp_path, "a.hl7", message("1"))
    with Scripted(lambda connection, _frame: None if connection < 3 else acknowledgment("1")) as server:
        summary = asyncio.run(send([file], Line(port=server.port, attempts=5)))
    (delivery,) = summary.deliveries
    assert (delivery.code, delivery.attempts, server.connections) == ("AA", 3, 3)


def test_what_was_sent_again_and_again_is_stored_once(tmp_path: Path) -> None:
    file = write(tmp_path, "a.hl7", message("1"))
    with Running(tmp_path / "bus", Held, ack_deadline=seconds(0.3)) as running:
        running.call_later(1.2, running.producer.let_go)
        summary = asyncio.run(send([file], Line(port=running.port, attempts=6)))
        assert summary.codes == Counter({"AA": 1})
        assert summary.deliveries[0].attempts > 1
        assert running.raw() == [message("1")]


def test_a_message_is_sent_again_when_the_listener_comes_back(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = write(tmp_path, "a.hl7", message("1"))

    async def late() -> Counter[str]:
        sending = asyncio.create_task(send([file], Line(port=port, attempts=8)))
        await asyncio.sleep(0.3)
        with listening(tmp_path / "bus", port=port):
            return (await sending).codes

    assert asyncio.run(late()) == Counter({"AA": 1})


def test_without_a_listener_the_fault_says_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(SendFault, match=rf"\(127\.0\.0\.1:{port}\) - start the engine"):
        asyncio.run(send([write(tmp_path, "a.hl7", message("1"))], Line(port=port)))


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with listening(tmp_path / "bus") as running, pytest.raises(FileNotFoundError):
        asyncio.run(send([tmp_path / "nothing"], Line(port=running.port)))
