"""Clients that others wrote, unchanged, against the listener."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import hl7
from hl7.client import MLLPClient
from hl7.mllp import open_hl7_connection
from hl7apy.parser import parse_message

from tests.listeners.running import listening

ADT = (
    "MSH|^~\\&|HIS|79014|ENGINE|CITY|20260314081500||ADT^A01^ADT_A01|{}|P|2.5\r"
    "EVN||20260314081500\rPID|1||4567^^^79014^MR||Nguyễn^Văn A||19800102|M\rPV1|1|I\r"
)


def test_python_hl7s_blocking_client_gets_its_acknowledgments(tmp_path: Path) -> None:
    with listening(tmp_path) as running, MLLPClient("127.0.0.1", running.port) as client:
        for number in range(20):
            answer = hl7.parse(client.send_message(hl7.parse(ADT.format(number))).strip(b"\x0b\x1c\r").decode())
            assert [str(answer["MSA.F1"]), str(answer["MSA.F2"])] == ["AA", str(number)]
        assert len(running.raw()) == 20


def test_python_hl7s_asyncio_client_gets_its_acknowledgments(tmp_path: Path) -> None:
    async def exchange(port: int) -> list[str]:
        reader, writer = await open_hl7_connection("127.0.0.1", port, encoding="utf-8")
        codes = []
        for number in range(20):
            writer.writemessage(hl7.parse(ADT.format(number)))
            await writer.drain()
            answer = await reader.readmessage()
            codes.append(f"{answer['MSA.F1']} {answer['MSA.F2']}")
        writer.close()
        return codes

    with listening(tmp_path) as running:
        assert asyncio.run(exchange(running.port)) == [f"AA {number}" for number in range(20)]


def test_hl7apys_messages_get_an_acknowledgment_that_it_can_read(tmp_path: Path) -> None:
    with listening(tmp_path) as running, socket.create_connection(("127.0.0.1", running.port), 10) as client:
        client.sendall(parse_message(ADT.format(1)).to_mllp().encode("utf-8"))
        received = client.recv(1024 * 1024).decode("utf-8")
        answer = parse_message(received.strip("\x0b\x1c\r") + "\r")
        assert (answer.msa.msa_1.value, answer.msa.msa_2.value, answer.name) == ("AA", "1", "ACK")
