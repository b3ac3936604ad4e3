"""A listener for tests: real sockets, a real bus, on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import uvloop
from prometheus_client import CollectorRegistry

from engine.bus.bus import Bus, Producer, read_topic
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record, Topic
from engine.canonical import audit
from engine.config import FilesSettings, ListenerSettings, MllpSettings, WebSettings
from engine.facilities.facility import Facility, Registry
from engine.hl7.framing import Frame, Framer
from engine.listeners.clock import SystemClock
from engine.listeners.receiving import Ground
from engine.listeners.sequence import TOPIC, Sequences
from engine.listeners.trail import Trail
from engine.observe.metrics import Metrics
from engine.roles.listen import Door, make_listeners

SECRET = bytes(range(32))
REGISTRY = Registry([Facility("79014", "Bệnh viện", senders=("BV14",), authorities=("79014",))])
PATIENCE = 10.0


def message(control_id: str, *, msh: dict[int, str] | None = None, rest: str = "PID|1||7\r") -> bytes:
    """An admission; `msh` changes fields of MSH by number."""
    fields = {3: "HIS", 4: "79014", 7: "20260314081500", 9: "ADT^A01", 10: control_id, 11: "P", 12: "2.5.1"}
    fields |= msh or {}
    line = "|".join(fields.get(number, "") for number in range(3, max(fields) + 1))
    return f"MSH|^~\\&|{line}\r{rest}".encode()


def framed(payload: bytes) -> bytes:
    """The payload between VT and FS CR, whatever is in it."""
    return b"\x0b" + payload + b"\x1c\r"


def wait_until(true: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Return when `true` is; fail after `seconds`."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "did not come true in time"
        time.sleep(0.005)


class Peer:
    """One connection of a sender."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._framer = Framer()
        self._frames: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send_bytewise(self, data: bytes) -> None:
        for at in range(len(data)):
            self.socket.sendall(data[at : at + 1])

    def send_until_stuck(self, data: Iterable[bytes]) -> int:
        """Send until the listener has not read for half a second; how many were sent."""
        self.socket.settimeout(0.5)
        sent = 0
        try:
            for part in data:
                self.socket.sendall(part)
                sent += 1
        except TimeoutError:
            return sent
        raise AssertionError("the listener reads on and on")

    def answer(self) -> bytes:
        """The payload of the next answer; b"" when the connection ends before it."""
        while not self._frames:
            received = self._receive()
            if not received:
                return b""
            self._frames += [found.payload for found in self._framer.feed(received) if isinstance(found, Frame)]
        return self._frames.pop(0)

    def code(self) -> str:
        """MSA-1 and MSA-2 of the next answer, as `AA 17`; "" when the connection ends before it."""
        answer = self.answer()
        if not answer:
            return ""
        msa = answer.split(b"\r")[1].split(b"|")
        return f"{msa[1].decode()} {msa[2].decode('latin-1')}"

    def silent(self, seconds: float = 0.2) -> bool:
        """Whether nothing comes for so long, and the connection stays open."""
        self.socket.settimeout(seconds)
        try:
            return not self._frames and self.socket.recv(1, socket.MSG_PEEK) == b"never"
        except (TimeoutError, BlockingIOError):
            return not self._frames
        finally:
            self.socket.settimeout(PATIENCE)

    def closed(self) -> bool:
        """Whether the listener closes the connection without a further answer."""
        return self.answer() == b""

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except ConnectionError:
            return b""

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


Made = TypeVar("Made", bound=Producer)


def read_settings(settings: dict[str, Any]) -> ListenerSettings:
    """Settings of a listener of the `kind` that they name, on any free port."""
    if settings.get("kind") == "files":
        return FilesSettings(**settings)
    return (WebSettings if settings.get("kind") == "http" else MllpSettings)(**{"port": 0, **settings})


class Running(Generic[Made]):
    """A listener that runs while the block does; `producer` wraps or replaces the bus's own."""

    def __init__(
        self,
        home: Path,
        producer: Callable[[Producer], Made],
        drain: float = 2.0,
        bus: Bus | None = None,
        registry: Registry = REGISTRY,
        **settings: Any,
    ) -> None:
        self.registry = registry
        self.bus = bus or EmbeddedBus(home)
        topics = [Topic("hl7.raw", 2), Topic("dead", 2), Topic(TOPIC, 1), Topic(audit.TOPIC, 1)]
        self.bus.ensure(topics)
        self.own_producer = self.bus.producer()
        self.producer = producer(self.own_producer)
        self.metrics = CollectorRegistry()
        self.settings = read_settings(settings)
        self.port = 0
        self._drain = drain
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: uvloop.run(self._run()), daemon=True)

    def make_listener(self) -> Door:
        """The listener, not started."""
        sequences = Sequences(read_topic(self.bus, TOPIC))
        metrics = Metrics(self.metrics)
        self.trail = Trail(self.own_producer, SystemClock(), metrics)
        ground = Ground(self.registry, SECRET, SystemClock(), metrics, sequences, self.trail)
        return make_listeners([self.settings], self.producer, ground)[0]

    async def _run(self) -> None:
        self.listener = self.make_listener()
        await self.listener.start()
        self.port = getattr(self.listener, "port", 0)
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._stop.wait()
        await self.listener.drain(self._drain)
        self.trail.close(PATIENCE)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(self, *_error: object) -> None:
        if self._thread.is_alive():
            self.begin_drain()
        self._thread.join(self._drain + PATIENCE)
        assert not self._thread.is_alive()
        self.own_producer.close()

    def begin_drain(self) -> None:
        """Ask the listener to stop, and go on at once."""
        self._loop.call_soon_threadsafe(self._stop.set)

    def use(self, registry: Registry) -> None:
        """Have the listener admit by another registry, and return when it does."""
        done = threading.Event()

        def use_it() -> None:
            self.listener.use(registry)
            done.set()

        self._loop.call_soon_threadsafe(use_it)
        assert done.wait(PATIENCE)

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Have a thread make the call."""
        timer = threading.Timer(seconds, call)
        timer.daemon = True
        timer.start()

    def connect(self) -> Peer:
        return Peer(self.port)

    def records(self, topic: str) -> list[Record]:
        """What stands in the topic, partition by partition."""
        spans = self.bus.spans(topic)
        return [record for part in sorted(spans) for record in self.bus.read(part, 0, spans[part].next)]

    def raw(self) -> list[bytes]:
        """The payloads of `hl7.raw`."""
        return [record.value for record in self.records("hl7.raw")]

    def dead(self) -> list[Record]:
        return self.records("dead")

    def count(self, name: str, **labels: str) -> float:
        """A metric as it stands: all that was counted by the message is in it a second later, or after the block."""
        return self.metrics.get_sample_value(name, {"listener": self.settings.name, **labels}) or 0.0


Listening = Running[Producer]


def listening(home: Path, **settings: Any) -> Listening:
    """A listener over the bus's own producer."""
    return Running(home, lambda own: own, **settings)


def seconds(number: float) -> timedelta:
    """A duration of the settings."""
    return timedelta(seconds=number)
