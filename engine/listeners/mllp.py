"""The MLLP listener: a socket that takes HL7 v2 messages and answers each once its bytes are durable."""

from __future__ import annotations

import asyncio

import structlog

from engine.bus.bus import Producer
from engine.config import MllpSettings
from engine.facilities.facility import Registry
from engine.listeners.commits import Commits
from engine.listeners.connection import Connection, Shared
from engine.listeners.meters import End
from engine.listeners.receiving import Ground, Receiving
from engine.listeners.sockets import listen, make_acceptor, make_peers
from engine.listeners.tls import Tls
from engine.listeners.wire import read_wire
from engine.observe.logs import log_loop_faults

SWEEP = 1.0
"""Seconds between two looks at the deadlines; sooner where deadlines are short."""

log = structlog.get_logger()


class Listener:
    """Takes messages on one TCP port, in clear or under TLS, stores their bytes through the producer, and answers.

    A message answered AA or CA is durable in `hl7.raw`, a refused one in `dead`. The producer is used from the event
    loop that calls `start`; it may be closed after `drain`.
    """

    def __init__(self, settings: MllpSettings, producer: Producer, ground: Ground) -> None:
        self._settings = settings
        self._producer = producer
        self._ground = ground
        self._pause = min(SWEEP, min(settings.frame_deadline, settings.ack_deadline).total_seconds() / 4)
        self._receiving = Receiving(settings, ground)
        self._tls = Tls(settings.tls, f"listeners.{settings.name}") if settings.tls else None
        self._looked = 0.0

    @property
    def port(self) -> int:
        """The TCP port, also when the settings asked for any free one; known after `start`."""
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def where(self) -> str:
        """The port, for an operator."""
        return str(self.port)

    async def start(self) -> None:
        """Take connections from now on; raises ListenFault where the address cannot be had."""
        loop = asyncio.get_running_loop()
        log_loop_faults(loop)
        self._shared = self._share(loop)
        self._socket = listen(self._settings)
        self._acceptor = make_acceptor(
            self._settings,
            self._socket,
            lambda: Connection(self._shared),
            loop,
            self._tls,
            self._receiving.refuse_handshake,
        )
        await self._acceptor.start()
        self._sweep()
        log.info("listening", listener=self._settings.name, host=self._settings.host, port=self.port)

    def use(self, registry: Registry) -> None:
        """Admit by this registry from now on, those who are connected too."""
        self._receiving.use(registry)
        for connection in tuple(self._shared.open):
            connection.identify()

    async def drain(self, seconds: float) -> None:
        """Take nothing new, answer what is in flight, and close; what is not done in `seconds` is cut off."""
        self._acceptor.close()
        for connection in tuple(self._shared.open):
            connection.finish(End.DRAIN)
        deadline = self._ground.clock.monotonic() + seconds
        while self._shared.open and self._ground.clock.monotonic() < deadline:
            await asyncio.sleep(0.01)
        cut = len(self._shared.open)
        for connection in tuple(self._shared.open):
            connection.abort()
        self._sweeper.cancel()
        self._receiving.meters.report(self._receiving.budget.used)
        log.info("stopped listening", listener=self._settings.name, cut=cut)

    def _share(self, loop: asyncio.AbstractEventLoop) -> Shared:
        settings, ground, receiving = self._settings, self._ground, self._receiving
        return Shared(
            listener=settings.name,
            frame_deadline=settings.frame_deadline.total_seconds(),
            first_byte_deadline=first.total_seconds() if (first := settings.first_byte_deadline) else None,
            ack_deadline=settings.ack_deadline.total_seconds(),
            receiving=receiving,
            wire=read_wire(settings),
            commits=Commits(self._producer, receiving.budget, ground.clock, loop),
            peers=make_peers(settings),
            clock=ground.clock,
            loop=loop,
        )

    def _sweep(self) -> None:
        self._sweeper = self._shared.loop.call_later(self._pause, self._sweep)
        now = self._ground.clock.monotonic()
        for connection in tuple(self._shared.busy):
            connection.check(now)
        self._receiving.meters.report(self._receiving.budget.used)
        if self._tls and now - self._looked >= SWEEP:
            self._looked = now
            self._receiving.look_at_certificates(self._tls)
