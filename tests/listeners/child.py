"""A listener as a process: `python -m tests.listeners.child HOME PORT HANDLES [TLS]`, until its standard input ends.

TLS is a folder with certificate.pem, key.pem and clients.pem.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path

import uvloop

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.config import MllpSettings, TlsSettings
from engine.facilities.facility import Facility, Registry
from engine.listeners.clock import SystemClock
from engine.listeners.mllp import Listener
from engine.listeners.receiving import Ground
from engine.listeners.sequence import TOPIC
from engine.observe.logs import configure_logs
from engine.observe.metrics import Metrics
from tests.listeners.running import REGISTRY, SECRET

CERTIFIED = Registry([Facility("79014", "A", certificates=("his.example",))])
"""Who sends under TLS."""


def tls_in(folder: Path) -> TlsSettings:
    return TlsSettings(certificate=folder / "certificate.pem", key=folder / "key.pem", client_ca=folder / "clients.pem")


async def listen(home: Path, port: int, tls: TlsSettings | None) -> None:
    bus = EmbeddedBus(home)
    bus.ensure([Topic("hl7.raw", partitions=2), Topic("dead", partitions=2), Topic(TOPIC, partitions=1)])
    producer = bus.producer()
    listener = Listener(
        MllpSettings(port=port, tls=tls),
        producer,
        Ground(CERTIFIED if tls else REGISTRY, SECRET, SystemClock(), Metrics()),
    )
    await listener.start()
    await asyncio.to_thread(sys.stdin.read)
    await listener.drain(5)
    producer.close()


if __name__ == "__main__":
    configure_logs("info")
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[3]), int(sys.argv[3])))
    asked = tls_in(Path(sys.argv[4])) if sys.argv[4:] else None
    uvloop.run(listen(Path(sys.argv[1]), int(sys.argv[2]), asked))
