"""`POST /hl7`: a message as the body of a request, its acknowledgment as the body of the response.

The status says what became of the request, MSA-1 what became of the message; docs/decisions/0012 has the reasons.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from email.utils import formatdate
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from engine.hl7.framing import FrameFault, FrameFaultCode
from engine.listeners.exchange import Exchange, Unstored
from engine.listeners.gate import Sender
from engine.listeners.meters import Meters
from engine.listeners.received import Received
from engine.listeners.web_body import Body, Limits, NoRoom, Slow
from engine.listeners.web_sender import WebSenders

PATH = "/hl7"
MEDIA_TYPES = frozenset({"application/hl7-v2", "x-application/hl7-v2+er7"})

RETRY_AFTER = "5"
"""Seconds after which a sender should try again what could not be stored."""

LINGER = 2.0
"""Seconds that a peer has to read the answer to a request whose body is not read, before its connection is cut."""

SHORT = 32 << 10
"""A body of so many bytes is read and thrown away, so that its sender comes to read the answer."""


class Response(NamedTuple):
    """What a request gets; `close` ends the connection."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    close: bool = False


_NOT_FOUND = Response(404)
_NOT_POST = Response(405, headers=(("allow", "POST"),))
_NOBODY = Response(401, headers=(("www-authenticate", 'Bearer realm="hl7"'),))
_NOT_HL7 = Response(415, headers=(("accept-post", ", ".join(sorted(MEDIA_TYPES))),))
_SLOW = Response(408)
_BUSY = Response(503, headers=(("retry-after", RETRY_AFTER),))


class WebApp:
    """The ASGI application of one listener."""

    def __init__(self, senders: WebSenders, exchange: Exchange, limits: Limits, meters: Meters) -> None:
        self._senders = senders
        self._exchange = exchange
        self._limits = limits
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the body of one that is refused by its head is not read."""
        request = Request(scope, receive)
        body = Body(receive, self._limits, _read_length(request))
        try:
            found = self._judge(request)
            response = await self._take(body, found) if isinstance(found, Sender) else found
        except ClientDisconnect:
            self._meters.truncated.inc()
            return
        await _respond(send, response, request, whole=body.over or not _has_body(request))

    def _judge(self, request: Request) -> Sender | Response:
        """Who sends it, or the response that its head gets."""
        if request.url.path != PATH:
            return _NOT_FOUND
        if request.method != "POST":
            return _NOT_POST
        address = request.client.host if request.client else ""
        sender = self._senders.find(address, request.state.certificate, request.headers.get("authorization"))
        if sender is None:
            return _NOBODY
        return sender if _media_type(request) in MEDIA_TYPES else _NOT_HL7

    async def _take(self, body: Body, sender: Sender) -> Response:
        try:
            found = await body.read()
            received = await self._exchange.exchange(found, sender)
        except Slow:
            return _SLOW
        except NoRoom:
            return _BUSY
        except Unstored as unstored:
            return _BUSY._replace(body=unstored.reply)
        if isinstance(found, FrameFault) and found.code is FrameFaultCode.TOO_LARGE:
            return Response(413, received.due.reply)
        return _tell(received)


def _tell(received: Received) -> Response:
    """What a durable message gets: a sender that wants no answer learns only that."""
    if received.due.reply:
        return Response(200, received.due.reply, close=received.answer.close)
    return Response(422, close=True) if received.answer.close else Response(202)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _read_length(request: Request) -> int | None:
    """The length that the head states; h11 refuses one that is no number."""
    stated = request.headers.get("content-length", "")
    return int(stated) if stated.isdecimal() else None


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or bool(_read_length(request))


async def _respond(send: Send, response: Response, request: Request, *, whole: bool) -> None:
    """Send the response; a connection whose request was not read to the end is closed after it."""
    headers = [*response.headers, ("content-length", str(len(response.body))), ("date", formatdate(usegmt=True))]
    if response.body:
        headers.append(("content-type", _media_type(request)))
    if response.close or not whole:
        headers.append(("connection", "close"))
    encoded = [(name.encode(), text.encode("latin-1")) for name, text in headers]
    await send({"type": "http.response.start", "status": response.status, "headers": encoded})
    await send({"type": "http.response.body", "body": response.body, "more_body": not whole})
    if not whole:
        await _linger(request)
        await send({"type": "http.response.body", "body": b""})


async def _linger(request: Request) -> None:
    """Give the peer time to read the answer; a socket closed with bytes unread would take it away."""
    stated = _read_length(request)
    if stated is None or stated > SHORT:
        request.state.pause()
        await asyncio.sleep(LINGER)
        return
    with suppress(TimeoutError):
        await asyncio.wait_for(_discard(request.receive), LINGER)


async def _discard(receive: Receive) -> None:
    """Read what still comes, and return when the peer is done or gone."""
    while (await receive()).get("more_body", False):
        pass
