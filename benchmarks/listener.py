"""How much one listener takes: each connection waits for its acknowledgment, the embedded bus is synced to disk.

`python -m benchmarks.listener` prints the figures. The listener has a process of its own, the load client this one, so
that the CPU of the listener is told apart; on a machine of two cores they share them, and the rate is a lower bound.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast

import uvloop

from benchmarks.row import Row
from engine.bus.embedded.bus import EmbeddedBus
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

CONNECTIONS = 200
WARM_UP = 2.0
SECONDS = 5.0
PACED = 1_000
"""Messages a second of the second run: what the city's whole traffic is in its worst burst, and more."""

ADT = b"\r".join(
    (
        b"MSH|^~\\&|HIS|79014|ENGINE|CITY|20260314081500+0700||ADT^A01^ADT_A01|%d|P|2.5.1|||AL|NE|VNM|UNICODE UTF-8",
        b"EVN|A01|20260314081500+0700|||NURSE01^TRAN^THI B",
        (
            b"PID|1||%d^^^79014^MR~079180001234^^^VNM^NI~GD4797912345678^^^BHXH^SB||NGUYEN^VAN^A^^^^L||19800102|M|||"
            b"12 DUONG SO 3^^QUAN 1^HO CHI MINH^700000^VNM||0903123456|||M||79014000123"
        ),
        b"PD1|||PHONG KHAM DA KHOA^^10012|004777^BUI^THI^CAM",
        b"NK1|1|NGUYEN^THI C|SPO^Spouse^HL70063|12 DUONG SO 3^^QUAN 1^HO CHI MINH|0903765432||EC",
        (
            b"PV1|1|I|NOI^201^A^79014||||004777^LE^MINH^DUC|||MED||||1|||004777^LE^MINH^DUC|IN|V%d|||||||||||||||||||||"
            b"|||79014|||||20260314081200+0700"
        ),
        b"PV2|||^Sot cao keo dai va dau nguc",
        b"OBX|1|NM|8302-2^Body height^LN||168|cm|||||F|||20260314081000+0700",
        b"OBX|2|NM|29463-7^Body weight^LN||61.5|kg|||||F|||20260314081000+0700",
        b"AL1|1|DA|00000741^PENICILLIN|MO|Phat ban toan than",
        b"DG1|1|ICD-10|J18.9^Viem phoi, khong dac hieu^I10|Viem phoi|20260314081400+0700|A",
        b"GT1|1||NGUYEN^THI C||12 DUONG SO 3^^QUAN 1^HO CHI MINH|0903765432|||||SPO",
        b"IN1|1|BHYT^Bao hiem y te|BHXH79|Bao hiem xa hoi thanh pho Ho Chi Minh|||||||20260101|20261231",
        b"",
    )
)
"""An admission of 1.3 KB; the numbers are the control id, the patient's and the visit's."""


class LoadConnection(asyncio.Protocol):
    """Sends a message and waits for its acknowledgment, then sends the next: at once, or when its time has come."""

    def __init__(self, latencies: list[float], numbers: Iterator[int], gap: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._latencies = latencies
        self._numbers = numbers
        self._gap = gap
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._due = self._loop.time() + random.random() * max(self._gap, 0.2)
        self._loop.call_at(self._due, self.send)

    def send(self) -> None:
        number = next(self._numbers)
        self._sent = time.perf_counter()
        self._transport.write(b"\x0b" + ADT % (number, number % 20_000, number % 40_000) + b"\x1c\r")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._buffer.endswith(b"\x1c\r"):
            return
        assert b"\rMSA|CA|" in self._buffer
        self._buffer = b""
        self._latencies.append(time.perf_counter() - self._sent)
        self._due += self._gap
        if self._due > self._loop.time():
            self._loop.call_at(self._due, self.send)
        else:
            self.send()


class Load(NamedTuple):
    """What one run measured."""

    rate: float
    cpu_us: float
    half_ms: float
    most_ms: float


def run() -> list[Row]:
    """Measure, and give the figures with their goals."""
    full, paced = _measure(0), _measure(PACED)
    return [
        Row(f"messages stored and answered, {CONNECTIONS} connections", full.rate, "/s", ">= 14,000"),
        Row("CPU of the listener", full.cpu_us, "µs/message", "<= 45"),
        Row("acknowledgment, half within", full.half_ms, "ms", ""),
        Row("acknowledgment, 99 % within", full.most_ms, "ms", "<= 34"),
        Row(f"at {PACED:,} messages a second: half within", paced.half_ms, "ms", ""),
        Row(f"at {PACED:,} messages a second: 99 % within", paced.most_ms, "ms", "<= 20"),
    ]


def _measure(rate: int) -> Load:
    """One run over a new bus at so many messages a second, 0 for as many as there can be."""
    with tempfile.TemporaryDirectory(prefix="engine-bench-") as home, _listener_process(Path(home)) as (process, port):
        return uvloop.run(_load(process.pid, port, CONNECTIONS / rate if rate else 0.0))


async def _load(pid: int, port: int, gap: float) -> Load:
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    numbers = iter(range(1, 1 << 60))
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: LoadConnection(latencies, numbers, gap), "127.0.0.1", port)
    await asyncio.sleep(WARM_UP)
    latencies.clear()
    began, cpu = time.perf_counter(), _cpu_seconds(pid)
    await asyncio.sleep(SECONDS)
    count, seconds, used = len(latencies), time.perf_counter() - began, _cpu_seconds(pid) - cpu
    percentiles = statistics.quantiles(latencies, n=100)
    return Load(count / seconds, used / count * 1e6, percentiles[49] * 1e3, percentiles[98] * 1e3)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _listener_process(home: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that listens until its standard input ends."""
    command = [sys.executable, "-m", "benchmarks.listener", "--listen", str(home)]
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(home)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
        process.communicate()


async def _listen(home: Path) -> None:
    bus = EmbeddedBus(home / "bus")
    bus.ensure([Topic(raw.TOPIC), Topic(dead.TOPIC)])
    producer = bus.producer()
    registry = Registry([Facility("79014", "Benh vien 79014")])
    listener = Listener(MllpSettings(port=0), producer, Ground(registry, bytes(32), SystemClock(), Metrics()))
    dedicate_process()
    await listener.start()
    print(listener.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await listener.drain(5)
    producer.close()


def main() -> None:
    """Listen if called to, else measure and print."""
    configure_logs("warning")
    if sys.argv[1:2] == ["--listen"]:
        uvloop.run(_listen(Path(sys.argv[2])))
        return
    for row in run():
        print(f"{row.measure:60} {row.value:10,.1f} {row.unit:12} {row.goal}")


if __name__ == "__main__":
    main()
