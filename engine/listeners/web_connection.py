"""One connection of an HTTP listener: uvicorn's, with the limits of connections and a deadline for a request's head."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from engine.listeners.connection import certificate_of
from engine.listeners.meters import End
from engine.listeners.peers import Peers
from engine.listeners.receiving import Receiving
from engine.listeners.web_app import WebApp

IDLE = 60
"""Seconds that a connection may stay open between two requests."""

_TOO_SLOW = b"HTTP/1.1 408 \r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class WebShared:
    """What all connections of an HTTP listener use together."""

    config: uvicorn.Config
    state: ServerState
    receiving: Receiving
    peers: Peers
    deadline: float


def configure(app: WebApp) -> uvicorn.Config:
    """How uvicorn is to speak: no banner, no log of requests, nothing but HTTP."""
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE,
    )
    config.load()
    return config


class WebConnection(H11Protocol):
    """One peer's connection; each request has in its state its certificate, DER, and how to read no more."""

    def __init__(self, shared: WebShared) -> None:
        super().__init__(shared.config, shared.state, {})
        self._shared = shared
        self._began: asyncio.TimerHandle | None = None
        self._end = End.PEER

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it
        super().connection_made(transport)
        shared = self._shared
        self._peer = str((transport.get_extra_info("peername") or [""])[0])
        self.app_state |= {"certificate": certificate_of(transport), "pause": self.flow.pause_reading}
        shared.receiving.meters.opened()
        self._watch_head()
        if not shared.peers.enter(self._peer):
            self._end = End.LIMIT
            if shared.receiving.events:
                shared.receiving.events.limit_refused(self._peer)
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self.transport.is_closing():
            super().data_received(data)
            self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_watch()
        self._shared.peers.leave(self._peer)
        self._shared.receiving.meters.closed(self._end)

    def finish(self) -> None:
        """Answer what is in flight, then close."""
        self._end = End.DRAIN
        self.shutdown()

    def abort(self) -> None:
        """Close at once."""
        self.transport.abort()

    def _watch_head(self) -> None:
        """Have the deadline run while the head of a request is awaited that was begun, and of the first."""
        if self.cycle and not self.cycle.response_complete:
            self._stop_watch()
        elif self._began is None:
            self._began = self.loop.call_later(self._shared.deadline, self._give_up)

    def _stop_watch(self) -> None:
        if self._began:
            self._began.cancel()
            self._began = None

    def _give_up(self) -> None:
        self._end = End.FRAME_DEADLINE
        if not self.transport.is_closing():
            self.transport.write(_TOO_SLOW)
            self.transport.close()
