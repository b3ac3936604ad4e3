"""The listen role: every listener of the settings on one event loop, one producer behind them."""

from __future__ import annotations

import asyncio

import uvloop

from engine.bus.bus import read_topic
from engine.config import MllpSettings, Settings
from engine.facilities.registry import read_registry
from engine.language.fault import Fault, Faults, Mark
from engine.listeners.clock import SystemClock
from engine.listeners.mllp import Listener, ListenFault
from engine.listeners.process import dedicate_process
from engine.listeners.receiving import Ground
from engine.listeners.sequence import TOPIC, Sequences
from engine.observe.metrics import Metrics
from engine.parts import declare_topics, open_bus, read_secret
from engine.roles.child import Lifeline

DRAIN_SECONDS = 10.0
"""How long what is in flight may take to be answered at the end."""


def run(settings: Settings, lifeline: Lifeline) -> None:
    """Listen until the lifeline ends; raises Faults when an address cannot be had."""
    with open_bus(settings) as bus:
        bus.ensure(declare_topics(settings, (), ()))
        producer = bus.producer()
        registry, secret, metrics = read_registry(settings.registry_file()), read_secret(settings), Metrics()
        sequences = Sequences(read_topic(bus, TOPIC))
        ground = Ground(registry, secret, SystemClock(), metrics, sequences)
        listeners = [Listener(one, producer, ground) for one in settings.listeners if isinstance(one, MllpSettings)]
        dedicate_process()
        uvloop.run(_listen(listeners, lifeline))
        producer.close()


async def _listen(listeners: list[Listener], lifeline: Lifeline) -> None:
    for number, listener in enumerate(listeners):
        try:
            await listener.start()
        except ListenFault as fault:
            mark = Mark("engine run")
            raise Faults([Fault(mark, "C008", f"listeners.{number}", str(fault), "see --port")]) from None
    lifeline.ready(", ".join(str(listener.port) for listener in listeners))
    await asyncio.to_thread(lifeline.stop.wait)
    await asyncio.gather(*(listener.drain(DRAIN_SECONDS) for listener in listeners))
