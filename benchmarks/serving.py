"""A server under measurement: `python -m benchmarks.serving NAME PLACE PORT` in a process of its own.

It prints its port and serves until its standard input ends. The peers do the least that a user of theirs would: parse,
make the acknowledgment, write it; they store nothing. `embedded` and `kafka` are our listener as the listen
role runs it, which answers when the message is durable in the bus at PLACE, a folder or bootstrap servers; they share
PORT with the other workers where it is not 0.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import uvloop

from engine.bus.bus import Bus
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.kafka.bus import KafkaBus
from engine.bus.record import Topic
from engine.canonical import dead, raw
from engine.config import MllpSettings
from engine.facilities.facility import Facility, Registry
from engine.listeners.clock import SystemClock
from engine.listeners.mllp import Listener
from engine.listeners.process import dedicate_process
from engine.listeners.receiving import Ground
from engine.observe.logs import configure_logs
from engine.observe.metrics import Metrics

HOST = "127.0.0.1"


class Served(NamedTuple):
    """A server that runs."""

    pids: tuple[int, ...]
    port: int


@contextmanager
def serving(name: str, place: str = "", workers: int = 1) -> Iterator[Served]:
    """The server of that name in processes of its own while the block runs; a bus without a place gets a new folder."""
    port = _free_port() if workers > 1 else 0
    with TemporaryDirectory(prefix="engine-bench-") as home, ExitStack() as running:
        processes = [running.enter_context(_process(name, place or home, port, home)) for _ in range(workers)]
        ports = [int(process.stdout.readline()) for process in processes if process.stdout]
        yield Served(tuple(process.pid for process in processes), ports[0])
        for process in processes:
            process.communicate()


def _process(name: str, place: str, port: int, home: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.serving", name, place, str(port)]
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": home}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def _stopped() -> None:
    """Return when whoever measures has let go of the process."""
    sys.stdin.read()


def _end_with_input() -> None:
    """End the process when whoever measures has let go of it, for a server that cannot be stopped."""

    def end() -> None:
        _stopped()
        os._exit(0)

    threading.Thread(target=end, daemon=True).start()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def python_hl7(_place: str, _port: int) -> None:
    """python-hl7: hl7.mllp.start_hl7_server on asyncio; its default of 64 KiB a message is enough here."""
    from hl7.mllp import HL7StreamReader, HL7StreamWriter, start_hl7_server

    async def answer(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        try:
            while not writer.is_closing():
                message = await reader.readmessage()
                writer.writemessage(message.create_ack())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        server = await start_hl7_server(answer, HOST, 0, backlog=4096, encoding="utf-8")
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(_stopped)

    _end_with_input()
    asyncio.run(serve())


def hl7apy(_place: str, _port: int) -> None:
    """hl7apy: MLLPServer, a thread for each connection, one message a connection."""
    from hl7apy.core import Message
    from hl7apy.mllp import AbstractHandler, MLLPServer
    from hl7apy.parser import parse_message

    class Answer(AbstractHandler):  # type: ignore[misc]  # hl7apy has no types
        def reply(self) -> str:
            message = parse_message(self.incoming_message)
            answer = Message("ACK", version="2.5.1")
            answer.msh.msh_9 = "ACK"
            answer.msh.msh_10 = message.msh.msh_10.value
            answer.add_segment("MSA")
            answer.msa.msa_1 = "AA"
            answer.msa.msa_2 = message.msh.msh_10.value
            return str(answer.to_mllp())

    MLLPServer.request_queue_size = 4096
    MLLPServer.daemon_threads = True
    server = MLLPServer(HOST, 0, dict.fromkeys(("ADT^A01^ADT_A01", "ORU^R01^ORU_R01"), (Answer,)), timeout=120)
    print(server.server_address[1], flush=True)
    _end_with_input()
    server.serve_forever()


def hl7lw(_place: str, _port: int) -> None:
    """hl7lw: MllpServer, one thread over select."""
    from hl7lw import Hl7Parser
    from hl7lw.mllp import MllpServer
    from hl7lw.utils import Acks, generate_ack

    parser = Hl7Parser()

    def answer(message: bytes) -> bytes:
        read = parser.parse_message(message, encoding="utf-8")
        written: bytes = parser.format_message(generate_ack(read, Acks.AA), encoding="utf-8")
        return written

    port = _free_port()
    _end_with_input()
    threading.Timer(0.5, print, (port,), {"flush": True}).start()
    with suppress(KeyError):  # it stumbles over a sender that is gone, as ours is at the end
        MllpServer(port, answer).serve_forever()


def embedded(place: str, port: int) -> None:
    """Our listener over the embedded bus."""
    _listen(EmbeddedBus(Path(place) / "bus"), port)


def kafka(place: str, port: int) -> None:
    """Our listener over Kafka."""
    _listen(KafkaBus(place), port)


def _listen(bus: Bus, port: int) -> None:
    bus.ensure([Topic(raw.TOPIC), Topic(dead.TOPIC)])
    producer = bus.producer()
    registry = Registry([Facility("79014", "Benh vien 79014")])
    settings = MllpSettings(port=port, workers=2 if port else 1, sequence_numbers="ignore")
    listener = Listener(settings, producer, Ground(registry, bytes(32), SystemClock(), Metrics()))

    async def serve() -> None:
        await listener.start()
        print(listener.port, flush=True)
        await asyncio.to_thread(_stopped)
        await listener.drain(5)

    dedicate_process()
    uvloop.run(serve())
    producer.close()


SERVERS: dict[str, Callable[[str, int], None]] = {
    "python-hl7": python_hl7,
    "hl7apy": hl7apy,
    "hl7lw": hl7lw,
    "embedded": embedded,
    "kafka": kafka,
}


if __name__ == "__main__":
    configure_logs("error")
    SERVERS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
