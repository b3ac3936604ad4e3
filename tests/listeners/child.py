"""A listener: `python -m tests.listeners.child HOME PORT HANDLES [TLS [PRODUCER [JSON]]]`, until its input ends.

TLS is a folder with certificate.pem, key.pem and clients.pem, or `-`; PRODUCER names what stands before the bus;
JSON are settings of the listener.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import uvloop

from engine.bus.bus import Durable, Producer
from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Record, Topic
from engine.config import MllpSettings, TlsSettings
from engine.facilities.facility import Facility, Registry
from engine.listeners.clock import SystemClock
from engine.listeners.mllp import Listener
from engine.listeners.receiving import Ground
from engine.observe.logs import configure_logs
from engine.observe.metrics import Metrics
from tests.listeners.producers import Wrapped
from tests.listeners.running import REGISTRY, SECRET

CERTIFIED = Registry([Facility("79014", "A", certificates=("his.example",))])
"""Who sends under TLS."""


class Hasty(Wrapped):
    """A bus with a fault planted: it says durable, and stores afterwards."""

    def publish(self, records: Sequence[Record], durable: Durable) -> None:
        durable(None)
        threading.Timer(0.05, super().publish, (records, lambda _: None)).start()


PRODUCERS: dict[str, Callable[[Producer], Producer]] = {"embedded": lambda own: own, "hasty": Hasty}


def tls_in(folder: Path) -> TlsSettings:
    return TlsSettings(certificate=folder / "certificate.pem", key=folder / "key.pem", client_ca=folder / "clients.pem")


async def listen(home: Path, settings: MllpSettings, name: str) -> None:
    bus = EmbeddedBus(home)
    bus.ensure([Topic("hl7.raw", partitions=2), Topic("dead", partitions=2)])
    producer = PRODUCERS[name](bus.producer())
    listener = Listener(
        settings,
        producer,
        Ground(CERTIFIED if settings.tls else REGISTRY, SECRET, SystemClock(), Metrics()),
    )
    await listener.start()
    await asyncio.to_thread(sys.stdin.read)
    await listener.drain(5)
    producer.close()


if __name__ == "__main__":
    configure_logs("info")
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[3]), int(sys.argv[3])))
    folder, name, given = (*sys.argv[4:], *("-", "embedded", "{}")[len(sys.argv) - 4 :])[:3]
    asked = tls_in(Path(folder)) if folder != "-" else None
    settings = MllpSettings(port=int(sys.argv[2]), tls=asked, **json.loads(given))
    uvloop.run(listen(Path(sys.argv[1]), settings, name))
