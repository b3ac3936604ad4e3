"""The listening socket of a door on TCP, and how its connections are taken."""

from __future__ import annotations

import asyncio
import resource
import socket
import sys

from engine.config.listeners import SocketSettings
from engine.listeners.acceptor import BACKLOG, Acceptor, Factory, Tell, TlsAcceptor
from engine.listeners.peers import Peers
from engine.listeners.tls import Tls

KEPT_HANDLES = 100
"""File handles that connections leave to the bus and the logs."""

_SOCKET_OPTIONS = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 120_000),
)
"""A peer that is gone without a word is found out within two minutes (F15)."""


class ListenFault(Exception):
    """The listener cannot have its address, or its folder."""


def listen(settings: SocketSettings) -> socket.socket:
    """The socket that the settings ask for, bound; raises ListenFault."""
    host, port = settings.host, settings.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=settings.workers > 1)
    except OSError as error:
        where = f"{host}:{port}"
        raise ListenFault(f"cannot listen: {error.strerror} ({where}) - choose another host or port") from None
    for option in _SOCKET_OPTIONS:
        listening.setsockopt(*option)
    return listening


def make_acceptor(
    settings: SocketSettings,
    listening: socket.socket,
    factory: Factory,
    loop: asyncio.AbstractEventLoop,
    tls: Tls | None,
    refused: Tell,
) -> Acceptor | TlsAcceptor:
    """What takes the connections of the socket: in clear, or after a handshake."""
    if settings.tls is None or tls is None:
        return Acceptor(listening, factory, loop)
    most, deadline = settings.tls.max_handshakes, settings.tls.handshake_deadline.total_seconds()
    return TlsAcceptor(listening, factory, loop, tls, most, deadline, refused)


def make_peers(settings: SocketSettings) -> Peers:
    """The count of connections, bounded by the settings and by the files that the process may open."""
    return Peers(min(settings.max_connections, _spare_handles()), settings.max_connections_per_peer)


def _spare_handles() -> int:
    """How many connections the process may hold and still open the files of its bus."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(soft - KEPT_HANDLES, 1) if soft != resource.RLIM_INFINITY else sys.maxsize
