"""A listener as a process: `python -m tests.listeners.child HOME PORT HANDLES`, until its standard input ends."""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path

import uvloop

from engine.bus.embedded.bus import EmbeddedBus
from engine.bus.record import Topic
from engine.config import MllpSettings
from engine.listeners.clock import SystemClock
from engine.listeners.mllp import Listener
from engine.listeners.receiving import Ground
from engine.observe.logs import configure_logs
from engine.observe.metrics import Metrics
from tests.listeners.running import REGISTRY, SECRET


async def listen(home: Path, port: int) -> None:
    bus = EmbeddedBus(home)
    bus.ensure([Topic("hl7.raw", partitions=2), Topic("dead", partitions=2)])
    producer = bus.producer()
    listener = Listener(MllpSettings(port=port), producer, Ground(REGISTRY, SECRET, SystemClock(), Metrics()))
    await listener.start()
    await asyncio.to_thread(sys.stdin.read)
    await listener.drain(5)
    producer.close()


if __name__ == "__main__":
    configure_logs("info")
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[3]), int(sys.argv[3])))
    uvloop.run(listen(Path(sys.argv[1]), int(sys.argv[2])))
