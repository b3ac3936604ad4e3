"""What the engine's HTTP port does not know itself, asked of the observing process over its socket."""

from __future__ import annotations

from pathlib import Path

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

PATIENCE = 5.0
SENT = ("accept-language",)
GIVEN = (
    "content-type",
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cache-control",
    "vary",
)
"""Headers that are handed on, to the process and back from it."""


class Forward:
    """Hands GET requests on as they are, and what comes back."""

    def __init__(self, path: Path) -> None:
        """`path` is the socket, which may not be there yet."""
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url="http://observe", timeout=PATIENCE
        )

    async def answer(self, request: Request) -> Response:
        """What the observing process answers; 503 while it does not."""
        headers = {name: text for name in SENT if (text := request.headers.get(name))}
        try:
            found = await self._client.get(request.url.path, params=dict(request.query_params), headers=headers)
        except httpx.TransportError:
            return PlainTextResponse("the role observe does not answer - see the log of the engine\n", 503)
        given = {name: text for name in GIVEN if (text := found.headers.get(name))}
        return Response(found.content, found.status_code, given)
