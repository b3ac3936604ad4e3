"""How connections of one listening socket are taken: at once in clear, by a bounded number of handshakes under TLS.

A handshake costs a millisecond of CPU, and a peer that opens a connection and stays silent holds a place until the
deadline. So handshakes are bounded, in all and for each address; who has no place waits, in the order of coming,
addresses by turns. A city that comes back at once waits its turn, and nobody's silence keeps others out.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

import structlog

from engine.listeners.tls import Tls

log = structlog.get_logger()

BACKLOG = 4096
"""Connections that the kernel holds until they are taken, and that wait for their handshake after that."""

ACCEPTED_AT_ONCE = 64
"""Connections taken before others of the event loop have their turn."""

SHARE = 4
"""One address has at most one of so many places for handshakes."""

PAUSE = 0.5
"""Seconds without accepting after the process ran out of handles."""

SHUTDOWN = 2.0
"""Seconds that a TLS session has to say goodbye."""

_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Refused(StrEnum):
    """Why a handshake did not end in a session."""

    PLAINTEXT = "plaintext"
    """The peer speaks no TLS."""
    NO_CERTIFICATE = "no-certificate"
    UNTRUSTED = "untrusted"
    """Nobody whom the listener trusts signed the peer's certificate."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    VERSION = "version"
    """The peer has no version of TLS, or no cipher, that the listener takes."""
    DEADLINE = "deadline"
    """The peer did not finish in time."""
    OTHER = "other"
    """The peer went away, or broke the protocol."""


Factory = Callable[[], asyncio.Protocol]
Tell = Callable[[str, Refused], None]
"""Called with the peer's address when its handshake failed."""


class Acceptor:
    """Takes connections of a listening socket, and makes a protocol for each that may begin."""

    def __init__(self, listening: socket.socket, factory: Factory, loop: asyncio.AbstractEventLoop) -> None:
        self._listening = listening
        self._factory = factory
        self._loop = loop
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Take connections from now on."""
        self._server = await self._loop.create_server(self._factory, sock=self._listening, backlog=BACKLOG)

    def close(self) -> None:
        """Take no more; those taken go on."""
        if self._server:
            self._server.close()


class TlsAcceptor:
    """As Acceptor, with a handshake before: at most `most` at once, each within `deadline` seconds."""

    def __init__(
        self,
        listening: socket.socket,
        factory: Factory,
        loop: asyncio.AbstractEventLoop,
        tls: Tls,
        most: int,
        deadline: float,
        refused: Tell,
    ) -> None:
        self._listening = listening
        self._factory = factory
        self._loop = loop
        self._tls = tls
        self._most = most
        self._most_of_one = max(most // SHARE, 1)
        self._deadline = deadline
        self._refused = refused
        self._waiting: OrderedDict[str, deque[socket.socket]] = OrderedDict()  # by address, whose turn is next first
        self._under_way: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepts = False

    async def start(self) -> None:
        """Take connections from now on."""
        self._listening.setblocking(False)
        self._resume()

    def close(self) -> None:
        """Take no more; sessions go on, handshakes end."""
        self._pause()
        self._listening.close()
        for task in self._tasks:
            task.cancel()
        for waiting in self._waiting.values():
            for one in waiting:
                one.close()
        self._waiting.clear()

    @property
    def _count(self) -> int:
        return len(self._tasks) + sum(map(len, self._waiting.values()))

    def _resume(self) -> None:
        if not self._accepts and self._listening.fileno() >= 0:
            self._accepts = True
            self._loop.add_reader(self._listening, self._accept)

    def _pause(self) -> None:
        if self._accepts:
            self._accepts = False
            self._loop.remove_reader(self._listening)

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                connection, address = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                break
            except OSError as error:
                self._fail(error)
                break
            connection.setblocking(False)
            self._waiting.setdefault(str(address[0]), deque()).append(connection)
        self._begin()

    def _fail(self, error: OSError) -> None:
        """Without handles left, wait: the kernel holds who comes, and connections that end give handles back."""
        if error.errno not in _SHORT:
            raise error
        log.error("connections are not taken", reason=error.strerror)
        self._pause()
        self._loop.call_later(PAUSE, self._resume)

    def _begin(self) -> None:
        """Begin the handshakes that there are places for."""
        for address in list(self._waiting):
            while len(self._tasks) < self._most and self._waiting.get(address):
                if self._under_way[address] >= self._most_of_one:
                    break
                self._shake(address, self._waiting[address].popleft())
            if not self._waiting[address]:
                del self._waiting[address]
            elif len(self._tasks) < self._most:
                self._waiting.move_to_end(address)
        if self._count >= BACKLOG:
            self._pause()

    def _shake(self, address: str, connection: socket.socket) -> None:
        self._under_way[address] += 1
        task = self._loop.create_task(self._open(address, connection))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._end(address, done))

    async def _open(self, address: str, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(
                self._factory,
                connection,
                ssl=self._tls.context,
                ssl_handshake_timeout=self._deadline,
                ssl_shutdown_timeout=SHUTDOWN,
            )
        except OSError as error:  # ssl.SSLError, time-outs and resets all are
            with suppress(OSError):
                connection.close()
            self._refused(address, reason_of(error))

    def _end(self, address: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._under_way[address] -= 1
        if not self._under_way[address]:
            del self._under_way[address]
        if not task.cancelled() and task.exception():
            log.error("a connection could not be opened", exc_info=task.exception())
        if self._listening.fileno() >= 0:
            self._begin()
            if self._count < BACKLOG:
                self._resume()


_PLAIN = frozenset({"HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"})
_NO_CERTIFICATE = frozenset({"PEER_DID_NOT_RETURN_A_CERTIFICATE"})
_VERSION = frozenset({"UNSUPPORTED_PROTOCOL", "NO_SHARED_CIPHER", "VERSION_TOO_LOW", "WRONG_SSL_VERSION"})
_BY_VERIFY_CODE = {10: Refused.EXPIRED, 23: Refused.REVOKED}
"""X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_REVOKED."""


def reason_of(error: OSError) -> Refused:
    """Why a handshake failed, from what OpenSSL and the event loop say."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _BY_VERIFY_CODE.get(error.verify_code, Refused.UNTRUSTED)
    reason = getattr(error, "reason", None) or ""
    known = ((_PLAIN, Refused.PLAINTEXT), (_NO_CERTIFICATE, Refused.NO_CERTIFICATE), (_VERSION, Refused.VERSION))
    for reasons, refused in known:
        if reason in reasons:
            return refused
    return Refused.DEADLINE if isinstance(error, ConnectionAbortedError) else Refused.OTHER
