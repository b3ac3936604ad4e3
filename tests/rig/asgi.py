"""One request to an ASGI application, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
from starlette.applications import Starlette


def ask(app: Starlette, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> httpx.Response:
    """What the application answers."""

    async def work() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, headers=dict(headers or {}))

    return asyncio.run(work())
