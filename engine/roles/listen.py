"""The listen role: every listener of the settings on one event loop, one producer behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Protocol

import structlog
import uvloop

from engine.bus.bus import Bus, BusError, Producer, read_topic
from engine.bus.record import Record
from engine.bus.spool.owner import holds_segments
from engine.config import FilesSettings, ListenerSettings, MllpSettings, Settings, WebSettings
from engine.facilities.facility import Registry
from engine.facilities.watch import RegistryWatch
from engine.language.fault import Fault, Faults, Mark
from engine.listeners.certificate_ends import CertificateEnds
from engine.listeners.clock import SystemClock
from engine.listeners.files import FilesListener
from engine.listeners.mllp import Listener
from engine.listeners.process import dedicate_process
from engine.listeners.receiving import Ground
from engine.listeners.sequence import TOPIC, Sequences
from engine.listeners.sockets import ListenFault
from engine.listeners.trail import Trail
from engine.listeners.web import WebListener
from engine.observe.metrics import Metrics
from engine.parts import declare_topics, open_bus, open_spooled, read_secret, spool_root
from engine.roles.child import Lifeline

DRAIN_SECONDS = 10.0
"""How long what is in flight may take to be answered at the end."""

TRAIL_SECONDS = 5.0
"""How long the last security events may take to be stored after that."""

LOOK_EVERY = 1.0
"""Seconds between two looks at the registry."""

log = structlog.get_logger("listen")


class Door(Protocol):
    """A listener, whatever it takes messages from."""

    @property
    def where(self) -> str:
        """What to tell an operator of where it takes messages; known after `start`."""

    async def start(self) -> None:
        """Take messages from now on; raises ListenFault."""

    def use(self, registry: Registry) -> None:
        """Admit by this registry from now on."""

    async def drain(self, seconds: float) -> None:
        """Take nothing new, and answer what is in flight."""


def run(settings: Settings, lifeline: Lifeline) -> None:
    """Listen until the lifeline ends; raises Faults when an address cannot be had, or the registry is at fault."""
    metrics, clock = Metrics(), SystemClock()
    with open_bus(settings, metrics, answer=settings.bus.spool.confirm.total_seconds()) as bus:
        sequences = Sequences(_kept_sequences(settings, bus))
        producer = _open_producer(settings, bus, metrics, lifeline.worker)
        watch = RegistryWatch(settings.registry_file(), [one.name for one in settings.listeners], metrics)
        trail = Trail(producer, clock, metrics)
        ground = Ground(
            watch.read(), read_secret(settings), clock, metrics, sequences, trail, CertificateEnds(producer, clock)
        )
        mine = [one for one in settings.listeners if one.workers > lifeline.worker]
        listeners = make_listeners(mine, producer, ground)
        dedicate_process()
        uvloop.run(_listen(listeners, watch, trail, lifeline))
        trail.close(TRAIL_SECONDS)
        producer.close()


def _open_producer(settings: Settings, bus: Bus, metrics: Metrics, worker: int) -> Producer:
    if settings.bus.kind == "kafka":
        return open_spooled(settings, metrics, worker)
    bus.ensure(declare_topics(settings, (), ()))
    return bus.producer()


def _kept_sequences(settings: Settings, bus: Bus) -> Sequence[Record]:
    """What is expected of senders; nothing, so that any number is welcome, while newer ones are in a spool."""
    if not any(one.sequence_numbers == "follow" for one in settings.listeners):
        return ()
    problem = "they are in the spool"
    if not holds_segments(spool_root(settings)):
        try:
            return list(read_topic(bus, TOPIC))
        except BusError as error:
            problem = str(error)
    log.warning("sequence numbers are not known, any is welcome", problem=problem)
    return ()


def make_listeners(settings: Iterable[ListenerSettings], producer: Producer, ground: Ground) -> list[Door]:
    """A listener for each of the settings, not started."""
    made: list[Door] = []
    for one in settings:
        if isinstance(one, MllpSettings):
            made.append(Listener(one, producer, ground))
        elif isinstance(one, WebSettings):
            made.append(WebListener(one, producer, ground))
        elif isinstance(one, FilesSettings):
            made.append(FilesListener(one, producer, ground))
    return made


async def _listen(listeners: Sequence[Door], watch: RegistryWatch, trail: Trail, lifeline: Lifeline) -> None:
    for number, listener in enumerate(listeners):
        try:
            await listener.start()
        except ListenFault as fault:
            mark = Mark("engine run")
            raise Faults([Fault(mark, "C008", f"listeners.{number}", str(fault), "see --port")]) from None
    lifeline.ready(", ".join(listener.where for listener in listeners))
    looking = asyncio.create_task(_look(listeners, watch, trail))
    await asyncio.to_thread(lifeline.stop.wait)
    await asyncio.gather(*(listener.drain(DRAIN_SECONDS) for listener in listeners))
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking


async def _look(listeners: Sequence[Door], watch: RegistryWatch, trail: Trail) -> None:
    """Take a registry that changed into use, and write what is due of the security events."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        trail.tick()
        registry = await asyncio.to_thread(watch.look)
        if registry is not None:
            for listener in listeners:
                listener.use(registry)
