"""The engine's own HTTP port: metrics for Prometheus, health for whoever keeps the process alive."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.config import HttpSettings, HttpTlsSettings
from engine.language.fault import Fault, Faults, Mark

Roles = Callable[[], list[dict[str, Any]]]
"""What each role is doing, as `name`, `ready`, `where` and `restarts`."""


def observe_app(roles: Roles, registry: CollectorRegistry, more: Sequence[Route] = ()) -> Starlette:
    """`/metrics`, `/health/live` (the process answers), `/health/ready` (every role runs, else 503), and `more`."""

    async def metrics(_request: Request) -> Response:
        return Response(await run_in_threadpool(generate_latest, registry), media_type=CONTENT_TYPE_LATEST)

    async def live(_request: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_request: Request) -> Response:
        found = roles()
        every = all(role["ready"] for role in found)
        return JSONResponse({"ready": every, "roles": found}, status_code=200 if every else 503)

    routes = [Route("/metrics", metrics), Route("/health/live", live), Route("/health/ready", ready), *more]
    return Starlette(routes=routes)


def _tls(settings: HttpTlsSettings) -> dict[str, Any]:
    """What uvicorn makes TLS of, after it was tried."""
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.certificate, settings.key)
        if settings.client_ca:
            context.load_verify_locations(settings.client_ca)
    except (OSError, ValueError) as error:
        what = f"names a file that is no use ({getattr(error, 'strerror', None) or 'no PEM'})"
        hint = "name PEM files that this user may read: certificate, its key, client_ca"
        raise Faults([Fault(Mark("settings"), "C015", "http.tls", what, hint)]) from None
    clients = {"ssl_ca_certs": settings.client_ca, "ssl_cert_reqs": ssl.CERT_REQUIRED} if settings.client_ca else {}
    return {"ssl_certfile": settings.certificate, "ssl_keyfile": settings.key, **clients}


class _Server(uvicorn.Server):
    """A server that leaves the signals to the supervisor."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: Starlette, settings: HttpSettings) -> AsyncIterator[int]:
    """Serve `app` while the context lasts; gives the port.

    Raises OSError when the port cannot be had, and Faults when a file of `tls` is no use.
    """
    tls = _tls(settings.tls) if settings.tls else {}
    bound = socket.create_server((settings.host, settings.port))
    server = _Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            **tls,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        await task
