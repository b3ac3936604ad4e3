"""The HTTP listener: `POST /hl7` takes one message and gives its acknowledgment once its bytes are durable."""

from __future__ import annotations

import asyncio

import structlog
from uvicorn.server import ServerState

from engine.bus.bus import Producer
from engine.config import WebSettings
from engine.facilities.facility import Registry
from engine.listeners.commits import Commits
from engine.listeners.exchange import Exchange
from engine.listeners.receiving import Ground, Receiving
from engine.listeners.sockets import listen, make_acceptor, make_peers
from engine.listeners.tls import Tls
from engine.listeners.web_app import WebApp
from engine.listeners.web_body import Limits
from engine.listeners.web_connection import WebConnection, WebShared, configure
from engine.listeners.web_sender import WebSenders
from engine.observe.logs import log_loop_faults

SWEEP = 1.0
"""Seconds between two reports of what was counted, and two looks at the certificates."""

log = structlog.get_logger()


class WebListener:
    """Takes messages by HTTP on one TCP port, stores their bytes through the producer, and answers.

    The producer is used from the event loop that calls `start`; it may be closed after `drain`.
    """

    def __init__(self, settings: WebSettings, producer: Producer, ground: Ground) -> None:
        self._settings = settings
        self._producer = producer
        self._ground = ground
        self._receiving = Receiving(settings, ground)
        self._senders = WebSenders(settings, self._receiving, ground.registry)
        self._tls = Tls(settings.tls, f"listeners.{settings.name}") if settings.tls else None
        self._state = ServerState()

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
        self._loop = asyncio.get_running_loop()
        log_loop_faults(self._loop)
        shared = self._share()
        self._socket = listen(self._settings)
        self._acceptor = make_acceptor(
            self._settings,
            self._socket,
            lambda: WebConnection(shared),
            self._loop,
            self._tls,
            self._receiving.refuse_handshake,
        )
        await self._acceptor.start()
        self._sweep()
        log.info("listening", listener=self._settings.name, host=self._settings.host, port=self.port)

    def use(self, registry: Registry) -> None:
        """Admit by this registry from now on, those who are connected too."""
        self._receiving.use(registry)
        self._senders.use(registry)

    async def drain(self, seconds: float) -> None:
        """Take nothing new, answer what is in flight, and close; what is not done in `seconds` is cut off."""
        self._acceptor.close()
        for connection in self._open():
            connection.finish()
        deadline = self._ground.clock.monotonic() + seconds
        while self._state.connections and self._ground.clock.monotonic() < deadline:
            await asyncio.sleep(0.01)
        left = self._open()
        for connection in left:
            connection.abort()
        self._sweeper.cancel()
        self._receiving.meters.report(self._receiving.budget.used)
        log.info("stopped listening", listener=self._settings.name, cut=len(left))

    def _open(self) -> list[WebConnection]:
        return [one for one in self._state.connections if isinstance(one, WebConnection)]

    def _share(self) -> WebShared:
        settings, receiving, clock = self._settings, self._receiving, self._ground.clock
        patience, deadline = settings.ack_deadline.total_seconds(), settings.request_deadline.total_seconds()
        commits = Commits(self._producer, receiving.budget, clock, self._loop)
        limits = Limits(settings.max_frame, deadline, patience, receiving.budget, clock)
        app = WebApp(self._senders, Exchange(receiving, commits, clock, patience), limits, receiving.meters)
        return WebShared(configure(app), self._state, receiving, make_peers(settings), deadline)

    def _sweep(self) -> None:
        self._sweeper = self._loop.call_later(SWEEP, self._sweep)
        self._receiving.meters.report(self._receiving.budget.used)
        if self._tls:
            self._receiving.look_at_certificates(self._tls)
